/* The offline page: reads files that the reader chose, shows what holds. Text enters the page as text only. */
import { verifyProof } from "unsealed-verifier";

const LIMIT = 64 << 20; // bytes of a proof file
const BY_CHARACTER = new Set(["coordinate", "time", "number"]);
// eslint-disable-next-line no-control-regex
const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g;
const STATES = {
  sealed: ["good", "Sealed, and cut as the publisher cut it"],
  "keys-not-checked": ["half", "Consistent with itself; keys not checked"],
  "not-in-force": ["half", "Sealed, but no longer in force"],
  "log-refused": ["bad", "The proof holds; the log of this mirror does not"],
  "foreign-cut": ["bad", "Sealed words, but this cut is not the publisher’s"],
  "not-sealed": ["bad", "Not sealed"],
  unfinished: ["bad", "The check could not be finished"],
};
/** What a refusal means for somebody who only has the file, before the verifier's own words. */
const MEANINGS = {
  "not-sealed":
    "This file does not prove its text. Something in it was changed, or it was never part of this archive. " +
    "Do not rely on it; get the document from another copy and compare.",
  "log-refused":
    "What came after this proof is not known: the log that you chose is damaged, older than the proof, of another history, " +
    "or contradicts itself. Take the log of another mirror, and keep this one.",
  "foreign-cut":
    "The words shown were sealed, but the publisher did not publish the document like this. " +
    "Somebody else hid words in it. Look for the publisher’s own version.",
};
const FACTS = [
  ["sealed", "Sealed (the publisher’s word)"],
  ["release", "Released in"],
  ["slot", "Slot"],
  ["generation", "Generation"],
  ["archive", "Archive"],
  ["signedBy", "Signed by"],
  ["witnesses", "Witnessed by"],
];

const LIMIT_PREFIX = "Not proven:"; // how the verifier's messages begin that say what no seal can show

const byId = (id) => document.getElementById(id);
let proof = null;
let policy = null;
let log = null;

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function visibleText(parent, text) {
  let end = 0;
  for (const match of text.matchAll(INVISIBLE)) {
    parent.append(text.slice(end, match.index));
    parent.append(element("span", "ctl", "U+" + match[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0")));
    end = match.index + match[0].length;
  }
  parent.append(text.slice(end));
}

function marker(gap, label, reasons) {
  const reason = reasons.get(gap.reason);
  const code = reason ? reason.code.replaceAll("-", " ") : "reason " + gap.reason;
  const thing = BY_CHARACTER.has(label) ? "character" : "word";
  const made = element("span", "gap");
  made.title = reason ? reason.text : "";
  made.append(element("span", "sr", `withheld, about ${gap.atoms} ${thing}${gap.atoms === 1 ? "" : "s"}: `));
  made.append(element("i", "", code));
  return made;
}

function showText(blocks, reasons) {
  const article = byId("text");
  article.replaceChildren();
  for (const block of blocks) {
    const unit = element("span", "u");
    unit.dir = "auto";
    if (block.type === "gap") unit.append(marker(block, "", reasons), "\n\n");
    else
      for (const run of block.runs) {
        if (run.type === "gap") unit.append(marker(run, block.label, reasons));
        else visibleText(unit, run.text);
      }
    // Nothing separates the cells of a row but their units, so a line of its own does here.
    if (!/\s$/.test(unit.textContent)) unit.append("\n");
    article.append(unit);
  }
}

function showFacts(facts) {
  const list = byId("facts");
  list.replaceChildren();
  for (const [key, words] of FACTS) {
    const value = Array.isArray(facts[key]) ? facts[key].join(", ") : facts[key];
    if (value === undefined || value === null || value === "") continue;
    list.append(element("dt", "", words), element("dd", key === "archive" ? "hash" : "", key === "release" ? "release " + value : String(value)));
  }
}

/** `Not proven: that the document is true` as an item under "What this does not show". */
function limitWords(message) {
  const words = message.slice(LIMIT_PREFIX.length).trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

async function run() {
  if (proof === null) return;
  let result;
  try {
    result = await verifyProof(proof, policy, log);
  } catch (error) {
    result = { state: "unfinished", messages: ["This browser could not finish the check."], blocks: [] };
  }
  const [kind, words] = STATES[result.state] || STATES.unfinished;
  const holds = kind !== "bad";
  byId("result").hidden = false;
  byId("state").className = "state " + kind;
  byId("state").textContent = words;
  const messages = result.messages || [];
  const limits = messages.filter((message) => message.startsWith(LIMIT_PREFIX));
  const said = messages.filter((message) => !message.startsWith(LIMIT_PREFIX));
  const meaning = holds ? "" : MEANINGS[result.state] || MEANINGS["not-sealed"];
  byId("meaning").textContent = meaning;
  byId("meaning").hidden = !meaning;
  byId("messages").className = meaning ? "q" : "";
  byId("messages").replaceChildren(...said.map((message) => element("li", "", (meaning ? "The check says: " : "") + message)));
  if (limits.length) byId("unshown").replaceChildren(...limits.map((message) => element("li", "", limitWords(message))));
  const facts = result.facts || {};
  showFacts(facts);
  byId("shown").hidden = !holds;
  byId("limits").hidden = !holds;
  showText(holds ? result.blocks : [], new Map((facts.reasons || []).map((reason) => [reason.number, reason])));
}

/** The exact text of a file: bytes that are no UTF-8 are refused, never repaired. */
async function textOf(file) {
  if (file.size > LIMIT) throw new Error("too long");
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await file.arrayBuffer());
}

async function take(file, isPolicy) {
  let text = "";
  try {
    text = await textOf(file);
  } catch (error) {
    text = "";
  }
  if (isPolicy) policy = text;
  else proof = text;
  await run();
}

/** Number and width of an entry bundle: `tile/entries/x001/234.p/17` is number 1234 with 17 entries. */
function bundleOf(path) {
  const match = /(?:^|\/)tile\/entries\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d+))?$/.exec(path);
  return match && { number: Number(match[1].replace(/[x/]/g, "")), width: match[2] ? Number(match[2]) : 256 };
}

/** The folder of a log: its checkpoint, and the widest bundle of each number, in order. */
async function takeLog(files) {
  const bundles = new Map();
  let checkpoint = new Uint8Array();
  for (const file of files) {
    if (file.size > LIMIT) continue;
    const path = file.webkitRelativePath || file.name;
    const found = bundleOf(path);
    if (/(^|\/)checkpoint$/.test(path)) checkpoint = new Uint8Array(await file.arrayBuffer());
    else if (found && found.width > (bundles.get(found.number)?.width ?? 0)) {
      bundles.set(found.number, { width: found.width, bytes: new Uint8Array(await file.arrayBuffer()) });
    }
  }
  const numbers = [...bundles.keys()].sort((a, b) => a - b);
  log = files.length ? { checkpoint, bundles: numbers.map((number) => bundles.get(number).bytes) } : null;
  await run();
}

byId("log").addEventListener("change", (event) => takeLog(event.target.files));
byId("form").addEventListener("submit", (event) => event.preventDefault());
byId("proof").addEventListener("change", (event) => event.target.files[0] && take(event.target.files[0], false));
byId("policy").addEventListener("change", (event) => {
  if (event.target.files[0]) take(event.target.files[0], true);
  else {
    policy = null;
    run();
  }
});
for (const name of ["dragover", "dragenter"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    document.body.classList.add("over");
  });
}
for (const name of ["dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    document.body.classList.remove("over");
  });
}
document.addEventListener("drop", async (event) => {
  for (const file of event.dataTransfer.files) await take(file, !/\.(proof|json)$/i.test(file.name));
});
