/* global document, atob, Blob, Response, DecompressionStream */
// Unpacks the form's program and starts it. The policy allows exactly this text and the program's,
// by their hashes, so a changed program does not run.
const words = document.querySelectorAll("[data-until-started]")
const bytes = Uint8Array.from(atob(document.getElementById("program").textContent), (character) =>
    character.charCodeAt(0),
)
new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate")))
    .text()
    .then((program) => {
        const script = document.createElement("script")
        script.textContent = program
        for (const word of words) word.hidden = true
        document.head.append(script)
    })
