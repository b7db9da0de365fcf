/* Bundle the verifier: node web/build.mjs OUTPUT-FOLDER. No network, the same bytes for the same sources. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
const verifier = join(here, "verifier", "index.js");
const present = existsSync(verifier);
const alias = { "unsealed-verifier": present ? verifier : join(here, "page", "no-verifier.js") };

function bundle(entry, extra) {
  const made = buildSync({
    entryPoints: [entry],
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    target: "es2022",
    charset: "ascii",
    legalComments: "inline",
    logLevel: "warning",
    alias,
    absWorkingDir: here,
    ...extra,
  });
  return made.outputFiles[0].text.trim();
}

const hash = (text) => "sha256-" + createHash("sha256").update(text, "utf8").digest("base64");

mkdirSync(out, { recursive: true });
// Pages check everything but keys (they have no policy that the reader chose), so they need no signatures.
const pageAlias = { ...alias, "@noble/curves/ed25519.js": join(here, "page", "no-signatures.js") };
if (present) {
  const script = bundle(verifier, { globalName: "unsealedVerifier", alias: pageAlias });
  writeFileSync(join(out, "verifier.js"), script + "\n");
}

const script = bundle(join(here, "page", "verify.js"), {});
const style = readFileSync(join(here, "page", "verify.css"), "utf8").trim();
if (/<\/(script|style)/i.test(script + style)) throw new Error("the bundle would end its own element");
const html = readFileSync(join(here, "page", "verify.html"), "utf8")
  .replace("@SCRIPT_HASH@", () => hash(script))
  .replace("@STYLE_HASH@", () => hash(style))
  .replace("@STYLE@", () => style)
  .replace("@SCRIPT@", () => script);
writeFileSync(join(out, "verify.html"), html);
console.log(`verify.html: ${html.length} bytes; verifier: ${present ? "built" : "absent, a stand-in says so"}`);
