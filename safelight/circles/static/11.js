// Safelight: part of the reporter's script.
// AGPL-3.0-or-later; libraries: licenses.txt. Sources: browser/ in the repository.
/* src/circles/pages/start.ts */
function start() {
  document.querySelector("[data-until-script]")?.remove();
}

export { start };
