// Starts the page's WebAssembly and says so in the shell when it cannot.
"use strict";
const shell = document.getElementById("shell-status");
const go = new Go();
// The Share dialog is fetched when somebody wants it.
window.dongyurHub = (name, ...args) => import("./hub/share.js").then((script) => script[name](...args));
WebAssembly.instantiateStreaming(fetch("build/page.wasm"), go.importObject)
  .then((result) => go.run(result.instance))
  .then(() => { throw new Error("the page's program ended"); })
  .catch((error) => {
    document.documentElement.dataset.page = "failed";
    const place = shell.isConnected ? shell : document.body.appendChild(shell);
    place.setAttribute("role", "alert");
    place.textContent = "The page did not start: " + error.message + ". Reload to try again.";
  });
