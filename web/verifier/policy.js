/** The policy file: whose keys the reader trusts (docs/formats/policy.md). */
import { hex, same, utf8 } from "./bytes.js";
import { archiveId, sha256 } from "./hashes.js";
import { COSIGNATURE, ED25519, readKey } from "./note.js";
import { Refusal, refuse } from "./refusal.js";

const MAX_POLICY = 24 << 10; // bytes
const MAX_LINES = 64; // of one kind
const NUMBER = /^[1-9][0-9]{0,5}$/;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/;

class Draft {
  constructor() {
    this.number = 0;
    this.log = null;
    this.keys = { root: [], editor: [] };
    this.needed = {};
    this.witnesses = new Map();
    this.groups = new Map();
    this.members = new Set();
    this.quorum = "";
    this.maxAge = null;
  }

  key(written, kind) {
    const key = readKey(written);
    if (key.kind !== kind) refuse("policy", "a key is of the wrong kind");
    const taken = [...this.keys.root, ...this.keys.editor, ...[...this.witnesses.values()].map((one) => one.key)];
    if (this.log) taken.push(this.log);
    if (taken.some((other) => other.name === key.name || same(other.publicKey, key.publicKey))) {
      refuse("policy", "one key, one name, one part");
    }
    return key;
  }

  newName(name) {
    if (name === "none" || this.witnesses.has(name) || this.groups.has(name)) refuse("policy", "a name is taken");
  }

  take(words) {
    const take = LINES.get(words[0]);
    if (!take) refuse("policy", `the word ${words[0]} is not known`);
    take(this, words);
  }

  group([, name, wanted, ...members]) {
    if (members.length === 0) refuse("policy", "write `group NAME all|any|K MEMBER…`");
    this.newName(name);
    for (const member of members) {
      if (!this.witnesses.has(member) && !this.groups.has(member)) refuse("policy", `${member} is not defined above`);
      if (this.members.has(member)) refuse("policy", `${member} is a member already`);
      this.members.add(member);
    }
    const counts = { any: 1, all: members.length };
    const needed = Object.hasOwn(counts, wanted) ? counts[wanted] : NUMBER.test(wanted) ? Number(wanted) : 0;
    if (needed < 1 || needed > members.length) refuse("policy", "a group can never agree");
    this.groups.set(name, { needed, members });
  }

  finish(bytes) {
    if (!this.log || !this.quorum) refuse("policy", "the lines `log` and `quorum` are needed");
    for (const [kind, plural] of [["root", "roots"], ["editor", "editors"]]) {
      const needed = this.needed[plural] ?? 0;
      if (needed < 1 || needed > this.keys[kind].length) refuse("policy", `\`${plural} K\` is needed`);
    }
    return {
      number: this.number,
      log: this.log,
      roots: this.keys.root,
      rootsNeeded: this.needed.roots,
      editors: this.keys.editor,
      editorsNeeded: this.needed.editors,
      witnesses: this.witnesses,
      groups: this.groups,
      quorum: this.quorum,
      sha256: hex(sha256(bytes)),
      archive: hex(archiveId(this.log.name, this.log.publicKey)),
    };
  }
}

const size = (words, ...sizes) => sizes.includes(words.length) || refuse("policy", `a line of ${words[0]} is wrong`);

const LINES = new Map([
  ["log", (draft, words) => {
    size(words, 2, 3);
    if (draft.log) refuse("policy", "a second log");
    draft.log = draft.key(words[1], ED25519);
  }],
  ...["root", "editor"].map((kind) => [kind, (draft, words) => {
    size(words, 2);
    draft.keys[kind].push(draft.key(words[1], ED25519));
  }]),
  ...["roots", "editors"].map((plural) => [plural, (draft, words) => {
    size(words, 2);
    if (!NUMBER.test(words[1]) || plural in draft.needed) refuse("policy", `\`${plural} K\` once, from 1`);
    draft.needed[plural] = Number(words[1]);
  }]),
  ["witness", (draft, words) => {
    size(words, 3, 4);
    draft.newName(words[1]);
    draft.witnesses.set(words[1], { name: words[1], key: draft.key(words[2], COSIGNATURE) });
  }],
  ["group", (draft, words) => draft.group(words)],
  ["quorum", (draft, words) => {
    size(words, 2);
    const known = words[1] === "none" || draft.witnesses.has(words[1]) || draft.groups.has(words[1]);
    if (draft.quorum || !known) refuse("policy", "write `quorum NAME` once, of a name defined above");
    draft.quorum = words[1];
  }],
  ["max-age-days", (draft, words) => {
    size(words, 2);
    if (draft.maxAge !== null || !NUMBER.test(words[1])) refuse("policy", "write `max-age-days DAYS` once");
    draft.maxAge = Number(words[1]);
  }],
]);

function readFirst(draft, words) {
  if (words.length !== 2 || words[0] !== "unsealed-policy/1" || !NUMBER.test(words[1])) {
    refuse("policy", "the first line must be `unsealed-policy/1 NUMBER`");
  }
  draft.number = Number(words[1]);
}

/** Read a policy file, given as text. A mistake is refused with `rule`, and names the line. */
export function readPolicy(text, rule = "policy-form") {
  const bytes = utf8(text);
  if (bytes.length > MAX_POLICY || !text.endsWith("\n")) refuse(rule, "The policy is too long or cut off.");
  const draft = new Draft();
  const counts = new Map();
  let first = true;
  text.slice(0, -1).split("\n").forEach((line, at) => {
    try {
      if (CONTROL.test(line)) refuse("policy", "a control character");
      const stripped = line.replace(/^[ \t]+|[ \t]+$/g, "");
      if (stripped === "" || stripped.startsWith("#")) return;
      const words = stripped.split(/[ \t]+/);
      if (first) {
        readFirst(draft, words);
        first = false;
        return;
      }
      counts.set(words[0], (counts.get(words[0]) ?? 0) + 1);
      if (counts.get(words[0]) > MAX_LINES) refuse("policy", "too many lines of this kind");
      draft.take(words);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse(rule, `The policy cannot be used: line ${at + 1}: ${error.message}.`);
    }
  });
  try {
    return draft.finish(bytes);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refuse(rule, `The policy cannot be used: ${error.message}.`);
  }
}

/** At least `needed` different keys under different names signed. */
export function checkThreshold(signed, needed, who) {
  const keys = new Set(signed.map((key) => hex(key.publicKey)));
  const names = new Set(signed.map((key) => key.name));
  const found = Math.min(keys.size, names.size);
  if (found < needed) refuse("threshold", `Signed by ${found} of the ${needed} ${who} that are needed.`);
}

/** The witnesses named (in this file) satisfy the quorum line. */
export function checkQuorum(policy, witnessed) {
  const agrees = (name) => {
    const group = policy.groups.get(name);
    return group ? group.members.filter(agrees).length >= group.needed : witnessed.has(name);
  };
  if (policy.quorum !== "none" && !agrees(policy.quorum)) {
    refuse("quorum", "Not enough of the witnesses that you trust have cosigned this log head.");
  }
}
