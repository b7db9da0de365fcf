/* For document pages: the badge, a paragraph's citation, Escape for previews. Everything works without it. */
(function () {
  "use strict";

  /** The text of a unit as it is displayed, markers apart: what a reader sees is what is compared. */
  function runsOf(unit) {
    const runs = [];
    (function walk(node) {
      for (const child of node.childNodes) {
        if (child.nodeType === Node.TEXT_NODE) add(child.data);
        else if (child.nodeType !== Node.ELEMENT_NODE || child.classList.contains("pv")) continue;
        else if (child.classList.contains("gap")) runs.push(gapOf(child));
        else if (child.classList.contains("ctl")) add(String.fromCodePoint(Number(child.dataset.c)));
        else walk(child);
      }
    })(unit);
    function add(text) {
      const last = runs[runs.length - 1];
      if (last && last.type === "text") last.text += text;
      else runs.push({ type: "text", text });
    }
    return runs.filter((run) => run.type !== "text" || run.text !== "");
  }

  function gapOf(element) {
    return { type: "gap", atoms: Number(element.dataset.n), reason: Number(element.dataset.r) };
  }

  /** The exact proof file: the page writes its `<` as an escape, which a proof file never holds itself. */
  function proofText(embedded) {
    return embedded.replace(/\\(u003c|[^])/g, (found, what) => (what === "u003c" ? "<" : found));
  }

  /** The page read back: one line of JSON for each unit, and for each gap between units. */
  function displayed(article) {
    const found = [];
    for (const element of article.querySelectorAll(".u, .gap.g")) {
      if (element.classList.contains("g")) found.push(JSON.stringify(gapOf(element)));
      else found.push(JSON.stringify(runsOf(element)));
    }
    return found;
  }

  function proved(blocks) {
    return blocks.map((block) => {
      if (block.type === "gap") return JSON.stringify({ type: "gap", atoms: block.atoms, reason: block.reason });
      return JSON.stringify(
        block.runs.map((run) =>
          run.type === "gap"
            ? { type: "gap", atoms: run.atoms, reason: run.reason }
            : { type: "text", text: run.text }
        )
      );
    });
  }

  /** An element of the text that is no part of any unit, marker or preview would be a sentence that nobody sealed. */
  function strayText(article) {
    const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (node.data.trim() && !node.parentElement.closest(".u, .gap, .gw")) return true;
    }
    return false;
  }

  function say(kind, words, more) {
    const badge = document.getElementById("badge");
    badge.classList.add(kind);
    badge.querySelector(".state").textContent = words;
    if (more) badge.querySelector(".state").insertAdjacentText("afterend", " " + more);
  }

  async function check() {
    const verifier = window.unsealedVerifier;
    const holder = document.getElementById("proof");
    const article = document.getElementById("text");
    if (!holder || !article || !document.getElementById("badge")) return;
    if (!verifier) {
      say("none", "Not checked (the check is not part of this copy).");
      return;
    }
    try {
      const result = await verifier.verifyProof(proofText(holder.textContent), null);
      if (result.state === "unfinished") {
        say("none", "Not checked: " + result.messages[0]);
        return;
      }
      if (result.state !== "sealed" && result.state !== "keys-not-checked") {
        say("bad", "Does not match: " + (result.messages[0] || "the proof does not hold") + ".");
        return;
      }
      const page = displayed(article);
      const proof = proved(result.blocks);
      const at = page.findIndex((line, index) => line !== proof[index]);
      if (at >= 0 || page.length !== proof.length || strayText(article)) {
        say("bad", "Does not match: the words on this page are not the words of its proof.");
        return;
      }
      say("good", "Checked in this browser: the text is the sealed text.", "Whose keys they are was not checked.");
    } catch (error) {
      say("bad", "Does not match: " + (error && error.message ? error.message : "the proof cannot be read") + ".");
    }
  }

  function copyCitations() {
    const citation = document.getElementById("citation");
    const toast = document.getElementById("toast");
    if (!citation || !navigator.clipboard) return;
    document.addEventListener("click", (event) => {
      const link = event.target.closest && event.target.closest(".pa > .n");
      if (!link) return;
      const anchor = link.hash.slice(1);
      const number = /^p\d+$/.test(anchor) ? " Paragraph " + anchor.slice(1) + "." : "";
      const text = citation.textContent + number + " " + location.href.split("#")[0] + "#" + anchor;
      navigator.clipboard.writeText(text).then(
        () => {
          toast.textContent = "Citation copied." + number;
          setTimeout(() => (toast.textContent = ""), 2500);
        },
        () => {}
      );
    });
  }

  function quietPreviews() {
    const body = document.body;
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") body.classList.add("hush");
    });
    for (const name of ["focusin", "mouseover"]) {
      document.addEventListener(name, (event) => {
        if (event.target.closest && !event.target.closest(".pv")) body.classList.remove("hush");
      });
    }
  }

  check();
  copyCitations();
  quietPreviews();
})();
