// Safelight: fetches the parts of the reporter's script and starts it.
// AGPL-3.0-or-later; libraries: licenses.txt. Sources: browser/ in the repository.

// <define:MODULES>
var define_MODULES_default = ["27.js", "28.js", "24.js", "11.js", "22.js", "21.js", "26.js", "25.js", "23.js", "20.js", "14.js", "18.js", "19.js", "16.js", "17.js", "15.js"];

// src/loading/load.ts
var LoadError = class extends Error {
  name = "LoadError";
};
var PAUSES = [500, 1e3, 2e3, 4e3, 8e3, 16e3];
var LONGEST_SILENCE = 2e4;
function loader({ importAt, pause }) {
  const asked = /* @__PURE__ */ new Map();
  return (name) => {
    const before = asked.get(name);
    if (before !== void 0) return before;
    const now = fetched(name);
    asked.set(name, now);
    now.catch(() => asked.delete(name));
    return now;
  };
  async function fetched(name) {
    for (let attempt = 0; ; attempt += 1) {
      const address = attempt === 0 ? `./${name}` : `./${name}?${attempt.toString()}`;
      try {
        return await Promise.race([importAt(address), silence()]);
      } catch (error) {
        const before = PAUSES[attempt];
        if (error instanceof LoadError || before === void 0) {
          throw new LoadError(`${name} did not load; load the page again`);
        }
        await pause(before);
      }
    }
  }
  async function silence() {
    await pause(LONGEST_SILENCE);
    throw new TypeError("no answer");
  }
}

// src/loading/entry.ts
globalThis.safelightModule = loader({
  importAt: (address) => import(address),
  pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))
});
for (const name of define_MODULES_default) globalThis.safelightModule(name).catch(() => void 0);
globalThis.safelightModule("11.js").then(
  (page) => {
    ;
    page.start();
  },
  () => void 0
  // the page says from the beginning what to do when no button appears
);
