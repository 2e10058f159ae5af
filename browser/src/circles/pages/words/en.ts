/** Every sentence of the page of circles, in English. A module of its own, so that the page and
 * its source say nothing before the script runs. `{name}` is filled in. */

import type { more } from "./more_en.js"

export const words = {
    // The door: what a glance sees, so no word of what is behind it.
    open: "Open",
    opening: "Opening…",
    "opening-what": "On an old phone this takes up to half a minute. Keep the page open.",
    passphrase: "Passphrase",
    "passphrase-wrong": "This does not open it. Type it again, word by word.",
    "first-title": "Choose a passphrase",
    "first-lead":
        "Nothing is kept here yet. What you keep will be sealed on this device under a passphrase. Nobody can give it back to you: write it down where nobody looks, or learn it.",
    "first-drawn": "These words were drawn by chance. They protect well.",
    "first-draw": "Draw other words",
    "first-own": "I choose my own",
    "first-own-help":
        "At least 12 letters. A sentence that nobody has ever written protects better than a name and a year.",
    "first-again": "The passphrase once more",
    "first-differs": "The two are not the same.",
    "first-weak": "Somebody could guess this. Take more letters, or let the device draw words.",
    "first-create": "Keep under this passphrase",
    "memory-only":
        "This window keeps nothing: when it closes, all that was in it is gone from this device. Before you close it, you can move everything by words.",
    "kept-unsure":
        "A private window or Tor Browser forgets what is kept when it closes. Then move by words before you close it.",
    "memory-go-on": "Go on without keeping",
    "door-more": "Other things",
    "door-move-in": "Bring everything here from another device",
    "door-wipe": "Delete everything that is kept here",
    "door-wipe-what":
        "All that this page keeps on this device is deleted. There is no way back. What others have is not deleted.",
    "door-wipe-sure": "Delete it now",
    "door-wiped": "Everything that was kept here has been deleted.",
    "door-invited": "You came by a link. First open this, or choose a passphrase.",
    "taken-over": "This is open in another window now. Go on there, or open it here again.",
    "lock-gone": "What was kept here is not here any more.",
    "store-full": "The browser gives no more room. Delete files on the device, then try again.",
    back: "Back",
    cancel: "Do not do it",
    // The list of rooms.
    "rooms-title": "Rooms",
    "rooms-none":
        "You are in no room yet. Somebody who is in one can invite you by a link; or found one.",
    "rooms-waiting": "Waiting to be let in",
    "rooms-closed": "closed",
    "rooms-anew": "The old one: begun anew elsewhere. Burn it when all have come.",
    "rooms-burned": "burned",
    "rooms-new": "new: {count}",
    "rooms-found": "Found a room",
    "rooms-invited": "I have an invitation",
    "rooms-device": "This device",
    "rooms-hidden":
        "“Hide” at the top shows another page at once and locks this one. Shift three times does the same. After ten minutes without use it locks by itself.",
    // Coming in.
    "enter-title": "Coming in",
    "enter-paste": "The invitation, whole",
    "enter-paste-help":
        "Pasting it here leaves less behind than opening it as an address: a browser may note addresses.",
    "enter-not": "This is no invitation, or a part of it is missing.",
    "enter-rules-title": "Before you come in",
    "enter-rule-name":
        "Choose a name for this room alone. Not the one of your documents, and not one that you use elsewhere.",
    "enter-rule-screens":
        "Others can photograph what you write. Write nothing here that would tell a stranger who or where you are.",
    "enter-rule-kind": "Nobody is outed, pressed or insulted here. Whoever does it is taken out.",
    "enter-rule-meet":
        "Do not meet anybody alone because of this room. Somebody who asks for photos, money or a meeting may be lying: report it.",
    "enter-rule-read":
        "Nobody outside can read here, we cannot either. Those inside can. One of them may not be who they say.",
    "enter-rule-vanish":
        "Messages vanish after some days. You see no message from before you came.",
    "enter-name": "Your name in this room",
    "enter-name-bad": "A name of 1 to 30 characters is needed.",
    "enter-ask": "Ask to come in",
    "enter-working": "Preparing. On an old phone this takes a while; keep the page open.",
    "enter-waits":
        "You have knocked. Somebody inside has to let you in: that can take a day or two. You can close this page and come back with your passphrase.",
    "enter-look": "Look whether I was let in",
    "enter-not-yet": "Not yet.",
    "enter-joined": "You are in.",
    "enter-spent": "This invitation was used before. Ask for another one.",
    "enter-no-invitation": "This invitation works no more. Ask for another one.",
    "enter-busy": "Too many are waiting at this door. Your invitation stays good: try again later.",
    "enter-age": "Which of these is true for you?",
    "enter-counsellor": "I am a counsellor; a desk vouches for me",
    "enter-under": "under 18",
    "enter-adult": "18 and older",
    "enter-age-what":
        "Your answer stays on this device. If the room turns out to be for another age, this device leaves it at once.",
    "enter-another-age":
        "By the rules of this organisation this room is for another age. This device has left it. Others saw your name for this room, and nothing else.",
    "enter-give-up": "Do not wait any longer",
    // Founding.
    "found-title": "Found a room",
    "found-lead":
        "A room holds 25 people. You become its keeper: you let people in and take out who harms others.",
    "found-name": "What the room is called",
    "found-name-help": "Seen by its members only. An interest, not what you are.",
    "found-band": "For whom it is",
    "found-own": "How old are you? This stays on your device.",
    "found-refused":
        "By the rules of this organisation you cannot found this room: another age, too many days, or the rules are over.",
    "found-days": "Messages vanish after",
    "found-days-1": "1 day",
    "found-days-7": "7 days",
    "found-days-30": "30 days",
    "found-saving": "Members may keep single messages longer on their own device",
    "found-suite": "Protect also against computers of the future",
    "found-suite-help": "Costs more data: a few kilobytes each time somebody comes or goes.",
    "found-create": "Found it",
    "found-working": "Founding…",
    // The room.
    "room-log": "Messages",
    "room-empty": "Nothing has been written here, or it has vanished.",
    "room-write": "Write",
    "room-send": "Send",
    "room-picture": "Picture",
    "room-picture-help": "Place, time and device are taken out. The picture itself stays.",
    "room-picture-unknown":
        "This is no JPEG, PNG or WebP picture, or it is damaged. It was not sent.",
    "room-picture-large":
        "This picture is too large even when made small. Cut a part out of it, then send that.",
    "room-picture-sending": "Preparing the picture…",
    "room-picture-of": "Picture from {name}",
    "room-picture-coming": "A picture is on its way.",
    "room-reply-to": "Answer to {name}",
    "room-reply-cancel": "Do not answer this",
    "room-reply-gone": "Answer to a message that is not here any more",
    "room-you": "you",
    "room-unreadable": "A kind of message that this version does not know.",
    "room-again": "sent again by a keeper",
    "room-until": "vanishes on {day}",
    "room-saved": "kept by you",
    "room-waiting": "waiting to be sent",
    "room-failed": "not sent",
    "room-retry": "Send again",
    "room-more": "More",
    "room-reply": "Answer",
    "room-react": "React: {emoji}",
    "room-reacted": "{emoji} {count}",
    "room-keep": "Keep for later",
    "room-unkeep": "Do not keep",
    "room-forget": "Delete on this device",
    "room-report": "Report to the keepers",
    "room-people": "People and safety",
    "room-keepers": "For keepers",
    "room-help": "Help",
    "room-rooms": "All rooms",
    "room-closed": "The keepers have closed this room. Nobody can write here.",
    "room-muted": "The keepers have decided that what you write is not shown at the moment.",
    "room-resting":
        "You write here as a counsellor, in hours that you announce: “All rooms”, “This device”, “For counsellors”.",
    "room-burned":
        "The keepers have burned this room. Nothing of it is on the server any more. What you see is only on this device and vanishes.",
    "room-removed": "You are not in this room any more.",
    "room-stopped":
        "Somebody in the room broke a rule that protects it, so it takes in nothing more. The keepers can begin it anew.",
    "room-offline": "No connection. What you write waits here.",
    "room-too-long": "This is too long for one message. Send it in parts.",
    "room-full": "The room has taken enough for today. Try again tomorrow.",
    "room-moved":
        "A keeper begins this room anew and wants you there. Come along; this one will be burned.",
    "room-come-along": "Come along",
    "room-unproven":
        "This cannot be proven to the keepers: whoever wrote it uses a changed program.",
    "room-sent": "Sent",
    today: "Today",
    // Warnings.
    "warn-title": "Something is not right",
    "warn-withheld":
        "The server hides something: others have seen messages that it does not give you.",
    "warn-missing-by-age":
        "Older messages are missing. That happens after a long absence: the server keeps them for two weeks.",
    "warn-forked":
        "The server shows different things to different people. Write nothing that matters here, and compare the safety code on another way.",
    "warn-forked-by": "Another history than here was shown to {name}.",
    "warn-clock-differs":
        "The clock of this device and the server's are more than a day apart. Look at the date here: with a wrong one messages vanish too early or too late.",
    "warn-reordered": "The server changed the order of messages.",
    "warn-replayed": "Old messages came again. They are not shown twice.",
    "warn-unreadable-entry":
        "The server changed something, or gave something that is not from here.",
    "warn-broken-rule": "A rule that protects the room was broken by {name}.",
    "warn-broken-epoch": "Somebody stopped the room with bytes that mean nothing.",
    "warn-lost-commit":
        "A change of the room did not reach this device. Ask for a new invitation if nothing comes any more.",
    "warn-copied-state":
        "The keys of this device are in use elsewhere. If that was not you: leave the room and ask for a new invitation.",
    "warn-batches":
        "The server lists invitations that do not fit what keepers announced in this room. Somebody may come in whom nobody invited. Ask a keeper on another way.",
    "warn-hide": "I have read this",
    // People and safety.
    "people-title": "People and safety",
    "people-members": "Who is here: {count}",
    "people-keeper": "keeper",
    "people-muted": "not shown at the moment",
    "people-unheard": "not heard from for two days",
    "people-leaving": "is leaving",
    "people-unheard-what":
        "Somebody who is not heard from may be away, or the server may hide what they write.",
    "code-title": "Safety code",
    "code-what":
        "Compare these numbers with somebody from the room on another way: face to face, or in a call. If they are the same, nobody sits between you. They change whenever somebody comes or goes.",
    "pinned-title": "To talk elsewhere",
    "pinned-none": "No address is pinned.",
    "pinned-simplex": "SimpleX address",
    "pinned-briar": "Briar address",
    "pinned-what":
        "This leads out of the room. Think first: other programs leave other traces on your phone.",
    "room-facts-title": "This room",
    "room-fact-band": "For whom: {band}",
    "room-fact-days": "Messages vanish after {days} days.",
    "room-fact-suite-pq": "Protected also against computers of the future.",
    "room-fact-suite-classic": "Protected against the computers of today.",
    "invite-title": "Invite somebody",
    "invite-what":
        "An invitation works once, for one person, for a few days. Invite only whom you know. Nobody but you knows whom you invited.",
    "invite-ask": "Make an invitation",
    "invite-asked":
        "A keeper’s device has to sign it; that happens when it is open. Look here again later.",
    "invite-ready": "Invitation",
    "invite-copy": "Copy",
    "invite-copied": "Copied. Delete it from wherever you pasted it once it was used.",
    "invite-send":
        "Give it to one person: let them read the picture off your screen, or send it by something that deletes itself. It is shown once; this device forgets it.",
    "invite-done": "I have given it",
    "invite-none-left": "There are no invitations at the moment. A keeper can open new ones.",
    "leave-title": "Leave this room",
    "leave-what":
        "You leave without a trace: your messages vanish with their days, this device forgets the room, and nobody can add you again without an invitation.",
    "leave-now": "Leave",
    "leave-sure": "Leave and forget",
    "last-keeper":
        "You are the only keeper. If you leave, nobody can let people in or take them out. Make somebody a keeper first, or burn the room.",
    // Keepers.
    "keep-working": "Doing it… Keep this page open.",
    // This device.
    "movein-title": "Bring everything here",
    "movein-what": "Type the words that the other device showed. They work once.",
    "movein-words": "The words",
    "movein-now": "Bring it here",
    "movein-working": "Fetching and opening. On an old phone this takes a while.",
    "movein-nothing":
        "Nothing lies under these words: mistyped, taken already, or older than three days.",
    "movein-bad": "This does not look like the words of the other device. Compare each of them.",
    "movein-arrived": "Everything is here now.",
    // Problems.
    "problem-network": "The connection broke. Nothing is lost; try again.",
    "problem-clock": "The clock of this device may be wrong.",
    "problem-server": "The server gave an answer that makes no sense. Try again later.",
    "problem-refused": "The server did not accept it.",
    "problem-epoch": "The room changed meanwhile. Try again.",
    "problem-batches": "Three batches are open already. One has to end first.",
    "problem-allowed": "The rules of this server do not allow this.",
    "problem-other": "That did not work. Try again; if it stays so, open the page anew.",
    "problem-room-full": "25 people are here already.",
    "problem-gone": "This room is not on the server any more.",
} as const

/** Of these, and of those that come with the pages that need them. */
export type Key = keyof typeof words | keyof typeof more
export type Words = Readonly<Record<keyof typeof words, string>>
