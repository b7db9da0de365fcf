/** What came after a proof: the entries of a log, and which cut is in force (docs/formats/log.md, "Amendments"). */
import { same, utf8 } from "./bytes.js";
import { leafHash, nodeHash, split } from "./hashes.js";
import { checkEntry, openCheckpoint, readEntry } from "./log.js";
import { readPolicy } from "./policy.js";
import { refuse } from "./refusal.js";
import { readStatement } from "./statement.js";

const PACKAGES = ["seal", "release", "redact-more", "unredact", "withdraw", "close"];
const AMENDMENTS = ["redact-more", "unredact", "withdraw"];

/** RFC 6962 root of leaf hashes. */
function rootOf(leaves) {
  if (leaves.length === 1) return leaves[0];
  const left = split(leaves.length);
  return nodeHash(rootOf(leaves.slice(0, left)), rootOf(leaves.slice(left)));
}

/** The entries of entry bundles, in order: each after its length as a big-endian u16. */
function readBundles(bundles) {
  const entries = [];
  for (const bundle of bundles) {
    for (let at = 0; at < bundle.length; ) {
      const end = at + 2 + bundle[at] * 256 + bundle[at + 1];
      if (!(end <= bundle.length)) refuse("tile", "A bundle of log entries is cut off.");
      entries.push(bundle.slice(at + 2, end));
      at = end;
    }
  }
  return entries;
}

/** What took the place of each cut; fed in log order. */
class Register {
  constructor() {
    this.counts = new Map();
    this.steps = new Map();
    this.next = new Map();
    this.documents = new Map();
    this.current = new Map();
    this.corrections = new Map();
  }

  remember(place, document) {
    this.documents.set(place, document);
    if (!this.next.has(place)) this.current.set(document, place);
  }

  take(payload) {
    for (const [at, [release, index, generation, slot]] of (payload.documents ?? []).entries()) {
      const [place, document] = [`${release},${index}`, `${generation},${slot}`];
      if (index >= (this.counts.get(release) ?? 0)) {
        refuse("amendment-unknown", "A log entry speaks of a place that is not there before it.");
      }
      if ((this.documents.get(place) ?? document) !== document) {
        refuse("amendment-document", "The log calls one place by two slots.");
      }
      if (payload.kind === "correction") {
        this.checkLed(place, document);
        this.remember(place, document);
        this.corrections.set(document, [...(this.corrections.get(document) ?? []), payload]);
      } else this.amend(payload, at, place, document);
    }
    if (payload.cuts) this.counts.set(payload.number, payload.cuts.count);
  }

  amend(payload, at, place, document) {
    const withdrawn = this.steps.has(place) && !this.next.has(place);
    const may = !this.steps.has(place) || (withdrawn && payload.kind === "unredact");
    if ((this.current.get(document) ?? place) !== place || !may) {
      refuse("amendment-twice", "A log entry amends a place that is not in force.");
    }
    this.remember(place, document);
    this.steps.set(place, [...(this.steps.get(place) ?? []), payload]);
    if (payload.kind === "withdraw") return;
    this.next.set(place, `${payload.number},${at}`);
    this.remember(`${payload.number},${at}`, document);
  }

  /** The log leads to this place, where it speaks of the document at all; a correction is no such word. */
  checkLed(place, document) {
    if (this.current.has(document) && !this.documents.has(place)) {
      refuse("document-again", "This document was amended before, and released again without a word in the log.");
    }
  }

  standing(place, document) {
    if ((this.documents.get(place) ?? document) !== document) {
      refuse("amendment-document", "The log lists the place of this document for another one.");
    }
    this.checkLed(place, document);
    const steps = [];
    let now = place;
    while (now !== undefined && this.steps.has(now)) {
      steps.push(...this.steps.get(now));
      now = this.next.get(now);
    }
    return { steps, withdrawn: now === undefined, corrections: this.corrections.get(document) ?? [] };
  }
}

/** The numbers that come next, and what may come at all. */
class Order {
  constructor() {
    this.packages = 0;
    this.counts = new Map();
    this.generations = new Set();
    this.closed = false;
  }

  take(payload, index) {
    const { kind, number } = payload;
    if (PACKAGES.includes(kind)) {
      if (number !== this.packages || (number === 0 && kind !== "seal")) {
        refuse("entry-number", "A log entry is repeated, or one is left out.");
      }
      if (this.closed && !AMENDMENTS.includes(kind)) refuse("closed", "Something was released after the end.");
      this.packages += 1;
      this.closed ||= kind === "close";
      if (kind === "seal") this.seal(readStatement(payload.statement).generation);
    } else if (kind === "moved") {
      if (index !== 0 || number !== 0) refuse("moved", "A log moved that has begun already.");
    } else if (kind !== "keys") {
      this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
      if (number !== this.counts.get(kind)) refuse("entry-number", "A log entry is repeated, or one is left out.");
    }
    if (kind === "site" && payload.release !== this.packages - 1) {
      refuse("entry-number", "The pages are of another release than the newest.");
    }
  }

  seal(generation) {
    if (this.generations.has(generation)) refuse("generation", "Two seals of this log are of one generation.");
    this.generations.add(generation);
  }
}

/**
 * What the log of a mirror says of a proof that was checked. `log`: `{checkpoint, bundles}`, the bytes of the checkpoint
 * and of every entry bundle in order. The policy has to be the one that was in force from the beginning.
 */
export function standingOf(found, policyText, log) {
  let policy = readPolicy(policyText);
  let inForce = policy; // at the last entry
  const raw = readBundles(log.bundles);
  const leaves = raw.map(leafHash);
  const register = new Register();
  const order = new Order();
  raw.forEach((bytes, index) => {
    const entry = readEntry(bytes);
    inForce = policy;
    checkEntry(entry, policy);
    order.take(entry.payload, index);
    register.take(entry.payload);
    if (entry.payload.kind === "keys") policy = readPolicy(entry.payload.next, "policy-form");
  });
  const { checkpoint } = openCheckpoint(log.checkpoint, inForce);
  if (BigInt(raw.length) !== checkpoint.size || raw.length === 0 || !same(rootOf(leaves), checkpoint.root)) {
    refuse("log-root", "The entries are not those of the log that was signed.");
  }
  for (const { entry, index } of found.logged) {
    if (index >= checkpoint.size) refuse("rollback", "This log is older than the proof.");
    if (!same(leaves[Number(index)], leafHash(utf8(entry)))) refuse("fork", "The proof is of another history than this log.");
  }
  const place = `${found.release.number},${found.proof.place}`;
  return { size: raw.length, ...register.standing(place, `${found.proof.generation},${found.proof.slot}`) };
}
