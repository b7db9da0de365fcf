/** C2SP signed notes and the written forms of keys (docs/formats/log.md, "Notes"). */
import { ed25519 } from "@noble/curves/ed25519.js";
import { compare, fromUtf8, hex, join, readBase64, same, utf8 } from "./bytes.js";
import { sha256 } from "./hashes.js";
import { refuse } from "./refusal.js";

export const ED25519 = 1;
export const COSIGNATURE = 4;
const MAX_NOTE = 1 << 20; // bytes
const MAX_SIGNATURES = 100; // lines
const MAX_NAME = 255; // bytes
const DASH = "\u2014 ";
// eslint-disable-next-line no-control-regex
const BAD_NAME = /[\u0000-\u0020+\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;

function checkName(name) {
  if (name === "" || BAD_NAME.test(name) || utf8(name).length > MAX_NAME) {
    refuse("key-name", "A key name is empty, too long, or has a space, a plus or a control in it.");
  }
}

/** A public key from NAME+ID+KEY. */
export function readKey(written) {
  const [name, id, ...rest] = written.split("+");
  if (rest.length === 0) refuse("key-form", "A public key is not written as NAME+ID+KEY.");
  const material = readBase64(rest.join("+"));
  if (material.length === 0) refuse("key-form", "A public key is empty.");
  checkName(name);
  const kind = material[0];
  if ((kind !== ED25519 && kind !== COSIGNATURE) || material.length !== 33) {
    refuse("key-kind", "A key is of an unknown kind or length.");
  }
  const keyId = sha256(join(utf8(name + "\n"), material)).subarray(0, 4);
  if (hex(keyId) !== id) refuse("key-id", "The id of a key does not belong to it.");
  return { name, kind, publicKey: material.subarray(1), id: keyId, written };
}

export const sameKey = (a, b) => a.name === b.name && a.kind === b.kind && same(a.publicKey, b.publicKey);
export const isLineOf = (line, key) => line.name === key.name && same(line.id, key.id);

/** Order of signature lines in an entry: bytes of the name, then of the key id. */
export const compareLines = (a, b) => compare(utf8(a.name), utf8(b.name)) || compare(a.id, b.id);

function readLine(line) {
  if (!line.startsWith(DASH)) refuse("note-form", "A note has a line after its text that is no signature.");
  const space = line.indexOf(" ", DASH.length);
  if (space < 0) refuse("note-form", "A signature line has no signature.");
  const name = line.slice(DASH.length, space);
  checkName(name);
  const data = readBase64(line.slice(space + 1));
  if (data.length < 5) refuse("note-form", "A signature is too short.");
  return { name, id: data.subarray(0, 4), signature: data.subarray(4) };
}

/** Text and signature lines of a note, given as bytes; no signature is checked yet. */
export function readNote(bytes) {
  if (bytes.length > MAX_NOTE) refuse("note-size", "A note is too long.");
  let whole;
  try {
    whole = fromUtf8(bytes);
  } catch {
    refuse("note-form", "A note is not UTF-8.");
  }
  const gap = whole.lastIndexOf("\n\n");
  if (gap < 0 || !whole.slice(gap + 2).endsWith("\n")) refuse("note-form", "A note is cut off.");
  const text = whole.slice(0, gap + 1);
  if (CONTROL.test(text)) refuse("note-form", "A note's text has a control character.");
  const lines = whole.slice(gap + 2, -1).split("\n");
  if (lines.length > MAX_SIGNATURES) refuse("note-size", "A note has too many signatures.");
  return { text, lines: lines.map(readLine) };
}

/** Whether a signature (RFC 8032) holds. Bytes that are no signature or no key do not. */
export function holds(signature, data, publicKey) {
  try {
    return ed25519.verify(signature, data, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

/** The keys among `keys` that signed the note, each once. A bad line of a known key is refused. */
export function signersOf(note, keys) {
  const data = utf8(note.text);
  const signed = [];
  for (const line of note.lines) {
    const key = keys.find((candidate) => candidate.kind === ED25519 && isLineOf(line, candidate));
    if (!key) continue;
    if (!holds(line.signature, data, key.publicKey)) {
      refuse("signature", `The signature of ${key.name} does not belong to this text.`);
    }
    if (!signed.includes(key)) signed.push(key);
  }
  return signed;
}
