"use strict";
/* What milenari/journal/docket.py, shipment.py and exchange/members.py do, in a browser with nothing else.
   Each fault is a No with a code; the page has the sentence for it in its language. */

class No extends Error {
  constructor(code, facts) { super(code); this.code = code; this.facts = facts || {}; }
}

const BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const PART = /^MP1:([1-9][0-9]?)\/([1-9][0-9]?):([0-9A-F]{8}):([0-9A-Z $%*+\-./:]*):$/;
const HEADING = "milenari network charter\n";
const DASH = "— ";
const MOST_ENTRY = 65535, MOST_ENTRIES = 8, MOST_PARTS = 40, MOST_COSIGNATURES = 16, MOST_SIGNATURES = 100;
const LEAVING = ["dispatch", "witness-dispatch"];
const CERTIFYING = ["certify-batch", "release-batch", "supply-oos", "release-lot"];
const ENDING = ["reject-batch", "recall-batch", "reject-lot", "recall-lot"];
const UTF8 = new TextEncoder();
const TEXT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

// -- bytes ------------------------------------------------------------------------------------------

const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
const same = (a, b) => a.length === b.length && a.every((x, n) => x === b[n]);
const text = (bytes) => { try { return TEXT.decode(bytes); } catch { throw new No("changed"); } };

function joined(...parts) {
  const made = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) { made.set(part, at); at += part.length; }
  return made;
}

function base64(bytes) { let s = ""; for (const b of bytes) s += String.fromCharCode(b); return btoa(s); }

function unbase64(coded) {
  let plain;
  try { plain = Uint8Array.from(atob(coded), (c) => c.charCodeAt(0)); } catch { throw new No("unreadable"); }
  if (base64(plain) !== coded) throw new No("unreadable");  // one spelling only
  return plain;
}

class Reading {
  constructor(data) { this.data = data; this.at = 0; }
  take(count) {
    if (this.at + count > this.data.length) throw new No("cut");
    this.at += count;
    return this.data.slice(this.at - count, this.at);
  }
  rest() { return this.take(this.data.length - this.at); }
  byte() { return this.take(1)[0]; }
  varint() {
    let value = 0n;
    for (let shift = 0n; shift < 63n; shift += 7n) {
      const one = this.byte();
      value |= BigInt(one & 127) << shift;
      if (one < 128) {
        if ((one === 0 && shift) || value > BigInt(Number.MAX_SAFE_INTEGER)) throw new No("changed");
        return Number(value);
      }
    }
    throw new No("changed");
  }
  short() { return text(this.take(this.byte())); }
}

// -- Merkle tree (RFC 9162, 2.1.3.2) ------------------------------------------------------------------

const leafHash = (body) => sha256(joined(Uint8Array.of(0), body));
const nodeHash = (left, right) => sha256(joined(Uint8Array.of(1), left, right));

async function rootBy(index, size, leaf, proof) {
  if (!(index >= 0 && index < size)) throw new No("changed");
  let position = index, last = size - 1, node = leaf;
  const half = (n) => Math.floor(n / 2);
  for (const sibling of proof) {
    if (last === 0) throw new No("changed");
    if (position % 2 === 1 || position === last) {
      node = await nodeHash(sibling, node);
      while (position % 2 === 0 && position) { position = half(position); last = half(last); }
    } else node = await nodeHash(node, sibling);
    position = half(position); last = half(last);
  }
  if (last) throw new No("changed");
  return node;
}

// -- notes (c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature) --------------------------------------

async function verifierKey(coded) {
  const [name, id, ...rest] = coded.split("+");
  const material = unbase64(rest.join("+"));
  if (!name || material.length !== 33) throw new No("charter-unreadable");
  const found = (await sha256(joined(UTF8.encode(name + "\n"), material))).slice(0, 4);
  if (hex(found) !== id) throw new No("charter-unreadable");
  return { coded, name, id: found, kind: material[0], key: material.slice(1) };
}

const isBy = (line, key) => line.name === key.name && same(line.id, key.id);
const holds = async (key, message, signature) => {
  if (signature.length !== 64) return false;
  try { return await ed.verifyAsync(signature, message, key, { zip215: false }); } catch { return false; }
};

function splitNote(note) {
  const blank = note.lastIndexOf("\n\n");
  if (blank < 0 || !note.endsWith("\n")) throw new No("charter-unreadable");
  const lines = note.slice(blank + 2, -1).split("\n");
  if (lines.length > MOST_SIGNATURES) throw new No("charter-unreadable");
  return [note.slice(0, blank + 1), lines.map((line) => {
    const at = line.lastIndexOf(" ");
    if (!line.startsWith(DASH) || at <= DASH.length) throw new No("charter-unreadable");
    const data = unbase64(line.slice(at + 1));
    return { name: line.slice(DASH.length, at), id: data.slice(0, 4), value: data.slice(4) };
  })];
}

function canonical(value) {
  if (Array.isArray(value)) return "[" + value.map(canonical).join(",") + "]";
  if (value && typeof value === "object") {
    return "{" + Object.keys(value).sort().map((k) => JSON.stringify(k) + ":" + canonical(value[k])).join(",") + "}";
  }
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new No("changed");
  return JSON.stringify(value);
}

function parsed(plain, code) {
  let value;
  try { value = JSON.parse(plain); } catch { throw new No(code); }
  if (!value || typeof value !== "object" || canonical(value) !== plain) throw new No(code);
  return value;
}

// -- charters ---------------------------------------------------------------------------------------

async function follow(all) {
  const starts = [];
  for (let at = all.indexOf(HEADING); at >= 0; at = all.indexOf(HEADING, at + 1)) {
    if (at === 0 || all[at - 1] === "\n") starts.push(at);
  }
  if (!starts.length || all.slice(0, starts[0]).trim()) throw new No("charter-unreadable");
  let before = null;
  for (const [n, start] of starts.entries()) {
    const note = all.slice(start, starts[n + 1]).replace(/\n+$/, "") + "\n";
    const [body, lines] = splitNote(note);
    const made = await charterOf(body);
    if (made.number !== n + 1 || made.previous !== (before ? before.digest : "")) throw new No("charter-not-next");
    const judging = before || made, needed = before ? before.threshold : made.members.length;
    const signed = new Set();
    for (const line of lines) {
      const by = judging.members.find((m) => isBy(line, m.root));
      if (!by) continue;
      if (by.root.kind !== 1 || !await holds(by.root.key, UTF8.encode(body), line.value)) throw new No("charter-signature");
      signed.add(by.site);
    }
    if (signed.size < needed) throw new No("charter-signature");
    if (before) onlyForward(before, made);
    before = made;
  }
  return before;
}

async function charterOf(body) {
  const data = parsed(body.slice(HEADING.length, -1), "charter-unreadable");
  try {
    const members = [];
    for (const m of data.members) {
      const earlier = [];
      for (const [key, below] of m.earlier) earlier.push({ ...await verifierKey(key), below });
      members.push({
        site: m.site, country: m.country, since: m.since, earlier, log: await verifierKey(m.log),
        root: await verifierKey(m.root), witness: await verifierKey(m.witness),
      });
    }
    const sites = new Set(members.map((m) => m.site));
    const roots = new Set(members.map((m) => m.root.coded.split("+").slice(2).join("+")));
    const fair = data.threshold > Math.floor(members.length / 2) && data.threshold <= members.length;
    if (!members.length || sites.size !== members.length || roots.size !== members.length || !fair) throw new No("charter-unreadable");
    return { ...data, members, digest: hex(await sha256(UTF8.encode(body))) };
  } catch (fault) {
    if (fault instanceof No) throw fault;
    throw new No("charter-unreadable");
  }
}

function onlyForward(before, made) {
  const told = (list) => list.map((k) => k.coded + " " + k.below).join("\n");
  for (const old of before.members) {
    const now = made.members.find((m) => m.site === old.site);
    if (!now) continue;
    const moved = now.log.coded !== old.log.coded;
    const kept = moved ? [...old.earlier, { ...old.log, below: now.since }] : old.earlier;
    if (told(now.earlier) !== told(kept) || (!moved && now.since !== old.since) || now.since < old.since) throw new No("charter-rewritten");
  }
}

// -- scanned codes and dockets ------------------------------------------------------------------------

function unbase45(coded) {
  const made = [];
  for (let at = 0; at < coded.length; at += 3) {
    const group = coded.slice(at, at + 3);
    let value = 0;
    for (let n = group.length - 1; n >= 0; n--) value = value * 45 + BASE45.indexOf(group[n]);
    const length = group.length - 1;
    if (!length || value >= 256 ** length) throw new No("unreadable");
    if (length === 2) made.push(value >> 8);
    made.push(value & 255);
  }
  return Uint8Array.from(made);
}

async function readCodes(scanned) {
  const parts = new Map();
  for (const line of scanned.split(/\r?\n/).map((l) => l.trim()).filter(Boolean)) {
    const found = PART.exec(line);
    if (!found) throw new No("unreadable", { code: line.slice(0, 24) });
    const [, number, count, mark, piece] = found;
    const held = parts.get(mark) || { count, pieces: new Map() };
    if (Number(number) > Number(count) || Number(count) > MOST_PARTS || held.count !== count) throw new No("unreadable", { code: line.slice(0, 24) });
    if (held.pieces.has(number) && held.pieces.get(number) !== piece) throw new No("unreadable", { code: line.slice(0, 24) });
    held.pieces.set(number, piece);
    parts.set(mark, held);
  }
  if (!parts.size) throw new No("nothing");
  const dockets = [];
  for (const [mark, { count, pieces }] of parts) {
    const all = Array.from({ length: Number(count) }, (_, n) => String(n + 1));
    const missing = all.filter((n) => !pieces.has(n));
    if (missing.length) throw new No("missing", { parts: missing.map((n) => n + "/" + count).join(", ") });
    const data = joined(...all.map((n) => unbase45(pieces.get(n))));
    if (hex(await sha256(data)).slice(0, 8).toUpperCase() !== mark) throw new No("mark");
    dockets.push(await unpack(data));
  }
  return dockets;
}

async function unpack(data) {
  const reading = new Reading(data);
  const version = reading.byte(), count = reading.byte();
  if (version !== 1) throw new No("format");
  if (count < 1 || count > MOST_ENTRIES) throw new No("changed");
  const size = reading.varint(), origin = reading.short();
  const signatures = [{ name: origin, id: reading.take(4), value: reading.take(64) }];
  const cosigners = reading.byte();
  if (cosigners > MOST_COSIGNATURES) throw new No("changed");
  for (let n = 0; n < cosigners; n++) signatures.push({ name: reading.short(), id: reading.take(4), value: reading.take(72) });
  const hashes = Array.from({ length: reading.byte() }, () => reading.take(32));
  const places = [];
  for (let n = 0; n < count; n++) {
    const index = reading.varint();
    const proof = Array.from(reading.take(reading.byte()), (at) => { if (at >= hashes.length) throw new No("changed"); return hashes[at]; });
    places.push({ index, proof });
  }
  const bodies = new Reading(await inflated(reading.rest(), count * (MOST_ENTRY + 3)));
  let root = null;
  for (const place of places) {
    const length = bodies.varint();
    if (length > MOST_ENTRY) throw new No("changed");
    place.body = bodies.take(length);
    place.leaf = await leafHash(place.body);
    const found = await rootBy(place.index, size, place.leaf, place.proof);
    if (root && !same(root, found)) throw new No("changed");
    root = found;
  }
  if (bodies.rest().length || /[\n]/.test(origin)) throw new No("changed");
  return { origin, size, signatures, places, body: `${origin}\n${size}\n${base64(root)}\n` };
}

async function inflated(packed, most) {
  const chunks = [];
  let length = 0;
  try {
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    const reader = stream.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > most) { await reader.cancel(); throw new No("changed"); }
      chunks.push(value);
    }
  } catch { throw new No("changed"); }
  return joined(...chunks);
}

// -- what it proves -----------------------------------------------------------------------------------

async function check(docket, charter) {
  const member = charter.members.find((m) => [m.log, ...m.earlier].some((k) => k.name === docket.origin));
  if (!member) throw new No("stranger", { log: docket.origin });
  const last = Math.max(docket.size - 1, 0);
  const wanted = member.earlier.find((k) => last < k.below) || member.log;
  const own = docket.signatures[0];
  if (!isBy(own, wanted)) throw new No([member.log, ...member.earlier].some((k) => isBy(own, k)) ? "revoked" : "wrong-key", { site: member.site });
  const message = UTF8.encode(docket.body);
  if (!await holds(wanted.key, message, own.value)) throw new No("signature", { site: member.site });
  const cosigned = [];
  for (const line of docket.signatures.slice(1)) {
    const by = charter.members.find((m) => m.site !== member.site && isBy(line, m.witness));
    if (!by) continue;
    const at = Number(new DataView(line.value.buffer, line.value.byteOffset, 8).getBigUint64(0));
    const said = UTF8.encode(`cosignature/v1\ntime ${at}\n${docket.body}`);
    if (by.witness.kind !== 4 || !await holds(by.witness.key, said, line.value.slice(8))) throw new No("cosignature", { site: by.site });
    cosigned.push({ site: by.site, at: new Date(at * 1000) });
  }
  const entries = [];
  for (const place of docket.places) {
    const entry = parsed(text(place.body), "changed");
    if (entry.site !== member.site || !entry.signature || !entry.data || !entry.given) throw new No("changed");
    entries.push({ index: place.index, entry, personal: await personal(entry) });
  }
  return { member, cosigned, entries, size: docket.size };
}

/** Its person's signature, checked: what the page says of how it was made, nothing where by password. */
async function personal(entry) {
  const { kind, key, components, sig } = entry.signature;
  const plain = UTF8.encode(canonical({ ...entry, signature: { components, key, kind } }));
  if (kind === "webauthn" && String(key).startsWith("webauthn:")) return byPasskey(entry, plain);
  const good = kind === "ed25519" && String(key).startsWith("ed25519:");
  if (!good || !await holds(unbase64(key.slice(8)), plain, unbase64(String(sig)))) throw new No("person", { name: String(entry.name) });
  return "";
}

function dispatchOf(proven) {
  const sent = proven.entries.filter(({ entry }) => LEAVING.includes(entry.action));
  if (!sent.length) return null;
  const begun = sent.filter(({ entry }) => entry.action === "dispatch");
  const left = sent.filter(({ entry }) => entry.given.leaves === true);
  if (begun.length !== 1 || left.length !== 1 || sent.length > 2) throw new No("not-left");
  const { data, given } = begun[0].entry, last = left[0].entry;
  const one = sent.every(({ entry }) => entry.data.what === data.what && entry.given.transfer === given.transfer);
  if (!one || left[0].index < begun[0].index) throw new No("not-left");
  return {
    what: data.what, to: data.to_site, transfer: given.transfer, of: given.of || "", shipper: data.shipper || "",
    at: new Date(last.happened_at), entry: `${proven.member.site}/${left[0].index}`, signed: sent,
  };
}

function releaseOf(proven, of) {
  return proven.entries.filter(({ entry }) => [...CERTIFYING, ...ENDING].includes(entry.action)
    && of && [`batch:${entry.data.batch}`, `lot:${entry.data.lot}`].includes(of));
}

/** Everything a receiver scanned, verified by the charters; throws a No otherwise. */
async function verify(scanned, charters) {
  const charter = await follow(charters);
  const proven = [];
  for (const docket of await readCodes(scanned)) proven.push(await check(docket, charter));
  const sent = proven.map((p) => ({ proven: p, dispatch: dispatchOf(p) })).filter((x) => x.dispatch);
  if (sent.length !== 1) throw new No("one-shipment");
  const { dispatch } = sent[0];
  const release = [];
  for (const p of proven) {
    const lines = releaseOf(p, dispatch.of);
    if (p !== sent[0].proven && !lines.length) throw new No("other-shipment");
    release.push(...lines.map((line) => ({ ...line, cosigned: p.cosigned })));
  }
  const decisive = release.filter(({ entry }) => entry.action !== "certify-batch");
  const newest = decisive.length ? decisive[decisive.length - 1].entry.action : "";
  return {
    charter, dispatch, release, from: sent[0].proven.member, size: sent[0].proven.size, cosigned: sent[0].proven.cosigned,
    to: charter.members.find((m) => m.site === dispatch.to), released: CERTIFYING.includes(newest), ended: ENDING.includes(newest),
  };
}
