/* Passkeys: signing an act and taking a new authenticator on. Without this file, or without an authenticator,
   password and second factor do the same; the buttons below are shown only where a passkey can work. */
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const base64 = (data) => btoa(String.fromCharCode(...new Uint8Array(data)));
const websafe = (data) => base64(data).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function asked(form, url, more) {
  const data = new FormData(form);
  // A password typed beside a passkey that signs is not needed, and is not sent.
  if (more.passkey !== undefined) for (const box of form.querySelectorAll("input[type=password]")) data.delete(box.name);
  for (const [name, value] of Object.entries(more)) data.set(name, value);
  const answer = await fetch(url, { method: "POST", body: data, headers: { Accept: "application/json" } });
  return { ok: answer.ok, told: await answer.json() };
}

function put(form, name, value) {
  const box = form.querySelector(`input[name="${CSS.escape(name)}"]`) || form.appendChild(document.createElement("input"));
  box.type = "hidden"; box.name = name; box.value = value; box.dataset.fromPasskey = "";
}

/* Past the page's own submit listeners: what the authenticator signed is what is sent. */
const send = (form) => HTMLFormElement.prototype.submit.call(form);

function say(button, which) {
  const place = button.form.querySelector("[data-passkey-said]");
  if (place) place.textContent = which ? place.dataset[which] : "";
}

async function sign(button) {
  const form = button.form;
  say(button, "wait");
  button.disabled = true;
  try {
    const { ok, told } = await asked(form, button.dataset.propose, { passkey: button.value });
    if (!ok) { put(form, "passkey", button.value); send(form); return; } // the page comes back with the reason at its field
    const options = told.publicKey;
    const found = await navigator.credentials.get({ publicKey: {
      ...options, challenge: bytes(options.challenge),
      allowCredentials: options.allowCredentials.map((one) => ({ ...one, id: bytes(one.id) })),
    } });
    put(form, "passkey", button.value);
    put(form, "passkey.proposal", told.proposal);
    put(form, "passkey.client_data", base64(found.response.clientDataJSON));
    put(form, "passkey.authenticator_data", base64(found.response.authenticatorData));
    put(form, "passkey.sig", base64(found.response.signature));
    send(form);
  } catch (fault) {
    say(button, fault.name === "TypeError" ? "unreachable" : "cancelled");
    button.disabled = false;
    button.focus();
  }
}

async function make(button) {
  const form = button.form;
  say(button, "wait");
  button.disabled = true;
  try {
    const { ok, told } = await asked(form, button.dataset.begin, {});
    if (!ok) { form.querySelector("[data-passkey-said]").textContent = told.sentence; button.disabled = false; return; }
    const options = told.publicKey;
    const made = await navigator.credentials.create({ publicKey: {
      ...options, challenge: bytes(options.challenge), user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: (options.excludeCredentials || []).map((one) => ({ ...one, id: bytes(one.id) })),
    } });
    put(form, "answer", JSON.stringify({
      id: made.id, rawId: websafe(made.rawId), type: made.type, clientExtensionResults: {},
      response: { clientDataJSON: websafe(made.response.clientDataJSON),
        attestationObject: websafe(made.response.attestationObject) },
    }));
    send(form);
  } catch (fault) {
    say(button, fault.name === "InvalidStateError" ? "known" : fault.name === "TypeError" ? "unreachable" : "cancelled");
    button.disabled = false;
    button.focus();
  }
}

if (window.isSecureContext && window.PublicKeyCredential) {
  for (const part of document.querySelectorAll("[data-passkey-part]")) part.hidden = false;
  for (const part of document.querySelectorAll("[data-no-passkey-part]")) part.hidden = true;
  for (const button of document.querySelectorAll("button[data-propose]")) {
    button.addEventListener("click", () => sign(button));
    // Signed by password after all, perhaps on a page that the browser kept: nothing of an earlier passkey goes along.
    button.form.addEventListener("submit", () => {
      for (const box of button.form.querySelectorAll("[data-from-passkey]")) box.remove();
    });
  }
  for (const button of document.querySelectorAll("button[data-begin]")) button.addEventListener("click", () => make(button));
}
