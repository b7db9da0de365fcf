/** C2SP signed notes and the written forms of keys (docs/formats/log.md, "Notes"). */
import { ed25519 } from "@noble/curves/ed25519.js";
import { compare, fromUtf8, hex, join, readBase64, same, utf8 } from "./bytes.js";
import { sha256, sha512 } from "./hashes.js";
import { refuse } from "./refusal.js";

export const ED25519 = 1;
export const COSIGNATURE = 4;
const MAX_NOTE = 1 << 20; // bytes
const MAX_SIGNATURES = 100; // lines
const MAX_NAME = 255; // bytes
const DASH = "\u2014 ";
// eslint-disable-next-line no-control-regex
const BAD_NAME = /[\u0000-\u0020+\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;

function checkName(name) {
  if (name === "" || BAD_NAME.test(name) || utf8(name).length > MAX_NAME) {
    refuse("key-name", "A key name is empty, too long, or has a space, a plus or a control in it.");
  }
}

/** The point of a public key: in its one spelling, on the curve, and none of the eight of small order. */
function checkPoint(publicKey) {
  let point = null;
  try {
    point = ed25519.Point.fromBytes(publicKey);
  } catch {
    refuse("key-point", "A public key is no point of the curve, or not in its one spelling.");
  }
  if (point?.isSmallOrder()) refuse("key-point", "A public key is of small order.");
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
  checkPoint(material.subarray(1));
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

/** The number that bytes spell, least significant first. */
function littleEndian(bytes) {
  let value = 0n;
  for (let at = bytes.length - 1; at >= 0; at--) value = (value << 8n) | BigInt(bytes[at]);
  return value;
}

/**
 * Whether a signature holds (docs/formats/log.md, "Ed25519"): S is below the order, and sB - kA is R, byte for byte.
 * The library's own check multiplies both sides by the cofactor, which lets signatures pass that others refuse.
 */
export function holds(signature, data, publicKey) {
  const { Point } = ed25519;
  const order = Point.Fn.ORDER;
  if (signature.length !== 64) return false;
  const [r, s] = [signature.subarray(0, 32), littleEndian(signature.subarray(32))];
  if (s >= order) return false;
  const k = littleEndian(sha512(join(r, publicKey, data))) % order;
  const found = Point.BASE.multiplyUnsafe(s).subtract(Point.fromBytes(publicKey).multiplyUnsafe(k));
  return same(found.toBytes(), r);
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
