/* A passkey's signature over an entry, as milenari/journal/sign.py checks it (W3C WebAuthn 2, 7.2; RFC 9052, RFC 9053).
   Kinds of key: ES256 and RS256 by the browser's own cryptography, EdDSA by the library of this page. */

const PRESENT = 1, VERIFIED = 4, EXTRA = 0xc0;  // flags of the authenticator: holder there, holder verified, more follows
const SHORTEST = 37;  // 32 bytes of relying party, flags, counter of 4 bytes

/** What an entry's signature is to say on the page: "by-passkey", or "by-passkey-unread" for a kind unknown here. */
async function byPasskey(entry, plain) {
  const wrong = () => new No("person", { name: String(entry.name) });
  try {
    const { key, sig, client_data: told, authenticator_data: seen } = entry.signature;
    const [, party, ...coded] = String(key).split(":");
    const client = unbase64(String(told)), data = unbase64(String(seen)), signature = unbase64(String(sig));
    const cose = cbor(new Reading(unbase64(coded.join(":"))), true);
    if (!(cose instanceof Map)) throw wrong();
    if (![-7, -8, -257].includes(cose.get(3))) return "by-passkey-unread";
    const said = JSON.parse(text(client));
    const wanted = await sha256(joined(UTF8.encode("milenari entry\n"), plain));
    const asked = String(said.challenge).replace(/-/g, "+").replace(/_/g, "/").replace(/=+$/, "");
    if (said.type !== "webauthn.get" || !("origin" in said) || asked !== base64(wanted).replace(/=+$/, "")) throw wrong();
    if (data.length < SHORTEST || !same(data.slice(0, 32), await sha256(UTF8.encode(party)))) throw wrong();
    const flags = data[32];
    if (!(flags & PRESENT) || !(flags & VERIFIED) || (!(flags & EXTRA) && data.length !== SHORTEST)) throw wrong();
    if (!await signedBy(cose, joined(data, await sha256(client)), signature)) throw wrong();
  } catch {
    throw wrong();
  }
  return "by-passkey";
}

async function signedBy(cose, message, signature) {
  const { subtle } = crypto;
  if (cose.get(3) === -8) return cose.get(-1) === 6 && holds(cose.get(-2), message, signature);
  if (cose.get(3) === -7) {
    if (cose.get(-1) !== 1) return false;
    const point = joined(Uint8Array.of(4), widened(cose.get(-2)), widened(cose.get(-3)));
    const kind = { name: "ECDSA", namedCurve: "P-256" };
    const key = await subtle.importKey("raw", point, kind, false, ["verify"]);
    return subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, plainPair(signature), message);
  }
  const url = (bytes) => base64(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const kind = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const key = await subtle.importKey("jwk", { kty: "RSA", n: url(cose.get(-1)), e: url(cose.get(-2)) }, kind, false, ["verify"]);
  return subtle.verify(kind, key, signature, message);
}

/** A number of at most 32 bytes, in 32. */
function widened(bytes) {
  if (!(bytes instanceof Uint8Array) || bytes.length > 32) throw new No("changed");
  return joined(new Uint8Array(32 - bytes.length), bytes);
}

/** An ECDSA signature in DER (two numbers, one spelling only) as the 64 bytes that browsers want. */
function plainPair(der) {
  const reading = new Reading(der);
  if (reading.byte() !== 0x30 || reading.byte() !== der.length - 2 || der.length > 129) throw new No("changed");
  const number = () => {
    if (reading.byte() !== 2) throw new No("changed");
    const bytes = reading.take(reading.byte());
    const spare = bytes[0] === 0 && bytes[1] >= 128;
    if (!bytes.length || bytes[0] >= 128 || (bytes[0] === 0 && bytes.length > 1 && !spare)) throw new No("changed");
    return widened(spare ? bytes.slice(1) : bytes);
  };
  const pair = joined(number(), number());
  if (reading.rest().length) throw new No("changed");
  return pair;
}

/** As much CBOR (RFC 8949) as a key needs: whole numbers, bytes, words, lists and maps. */
function cbor(reading, whole) {
  const first = reading.byte(), kind = first >> 5;
  let count = first & 31;
  if (count > 27) throw new No("changed");
  if (count > 23) {
    const bytes = reading.take(1 << (count - 24));
    count = bytes.reduce((n, b) => n * 256 + b, 0);
  }
  let value;
  if (kind === 0) value = count;
  else if (kind === 1) value = -1 - count;
  else if (kind === 2) value = reading.take(count);
  else if (kind === 3) value = text(reading.take(count));
  else if (kind === 4) {
    value = [];
    for (let n = 0; n < count; n++) value.push(cbor(reading));
  } else if (kind === 5) {
    value = new Map();
    for (let n = 0; n < count; n++) { const name = cbor(reading); value.set(name, cbor(reading)); }
  } else throw new No("changed");
  if (whole && reading.rest().length) throw new No("changed");
  return value;
}
