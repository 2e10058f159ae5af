/** Every sentence of the page of circles, in English. A module of its own, so that the page and
 * its source say nothing before the script runs. `{name}` is filled in. */

export const words = {
    // The door: what a glance sees, so no word of what is behind it.
    open: "Open",
    opening: "Opening…",
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
        "Give it to one person: read it out, show the picture, or send it by something that deletes itself. It is shown once; this device forgets it.",
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
    "keep-title": "For keepers",
    "keep-knocks": "At the door: {count}",
    "keep-knocks-none": "Nobody is waiting.",
    "keep-knock-says": "says: {band}",
    "keep-knock-batch": "Came by an invitation of the batch that ends on {day}.",
    "keep-let-in": "Let in",
    "keep-turn-away": "Turn away",
    "keep-letting": "Letting in…",
    "keep-invitations": "Invitations",
    "keep-batch": "Open until {day}: {used} of {size} used",
    "keep-batch-none": "No batch of invitations is open.",
    "keep-batch-open": "Open a batch of 8",
    "keep-batch-what":
        "A batch holds 8 invitations and ends after 7 days. Who was let in by which batch can be seen; who invited whom cannot.",
    "keep-batch-doubted":
        "This batch does not fit what keepers announced and signed in this room. Ask the other keepers about it outside; if nobody knows, remove and begin anew.",
    "keep-batch-making": "Making a key. On an old phone this takes up to a minute.",
    "keep-sign": "Members ask for invitations: {count}",
    "keep-sign-now": "Sign one for {name}",
    "keep-people": "People",
    "keep-mute": "Do not show",
    "keep-unmute": "Show again",
    "keep-make-keeper": "Make keeper",
    "keep-unmake-keeper": "No keeper any more",
    "keep-remove": "Take out",
    "keep-remove-what":
        "{name} reads nothing from here on. All open invitations end, as some may be theirs.",
    "keep-remove-sure": "Take {name} out",
    "keep-room": "The room",
    "keep-close": "Close the room",
    "keep-close-what": "Nobody writes or comes in any more until a keeper opens it again.",
    "keep-open": "Open the room again",
    "keep-days": "Messages vanish after so many days",
    "keep-pin-kind": "Where to talk elsewhere",
    "keep-pin-address": "Address",
    "keep-pin-save": "Pin it",
    "keep-pin-remove": "Take the address off",
    "keep-save": "Save",
    "keep-saved": "Saved. Members see it when they look next.",
    "keep-reports": "Reports: {count}",
    "keep-reports-none": "Nothing was reported.",
    "keep-report-by": "Reported by {name}",
    "keep-report-of": "Written by {name} on {day}:",
    "keep-report-proven":
        "It is proven to you that this was written so. You can prove it to nobody else.",
    "keep-report-unproven": "It is not proven that this was written so.",
    "keep-report-note": "What they say about it:",
    "keep-report-done": "Dealt with",
    "keep-emergency": "When somebody is not who they say",
    "keep-emergency-what":
        "One spy has read what was written since they came, and the names in this room; nothing else. Choose how far you go.",
    "keep-rekey": "Change the keys",
    "keep-rekey-what":
        "Everybody stays, with new keys. Old keys that somebody copied from a device open nothing from here on. All open invitations end.",
    "keep-reseed": "Begin anew",
    "keep-reseed-what":
        "A new room with the same name and rules is made, empty. Each whom you choose gets an invitation that nobody else can open. Once they have come, burn this room: until then it stays.",
    "keep-reseed-who": "Who comes along",
    "keep-burn": "Burn the room",
    "keep-burn-what":
        "The server deletes everything of this room at once, overwrites it, and refuses everybody from then on. Devices show that it was burned. What people have photographed stays with them. There is no way back.",
    "keep-sure": "I have read what this does, and I want it",
    "keep-sure-now": "Do it now",
    "keep-tick-first": "Tick the box first.",
    "keep-working": "Doing it… Keep this page open.",
    "keep-done": "Done.",
    // Reporting.
    "report-title": "Report a message",
    "report-what":
        "The keepers see this message and your name in this room. They get proof that it was written so; nobody else does. Whoever wrote it is not told.",
    "report-note": "What you want to say about it",
    "report-note-help": "You can leave this empty.",
    "report-send": "Report it",
    "report-sent": "The keepers see it as soon as one of them looks.",
    "report-nobody":
        "Nobody could read this report but the one it is about. Write a letter instead: press “Help” in the room.",
    "report-none": "Messages cannot be reported in this room.",
    // Help.
    "help-title": "Help",
    "help-letter-what":
        "You can write to trained people outside this room. Nobody in the room learns of it, and nothing of the room goes with it. It opens a new tab.",
    "help-letter": "Write a sealed letter",
    "help-crisis":
        "Nobody reads letters around the clock. If a life is in danger now, call 112. If you may hurt yourself: go to a person or a place where you are not alone.",
    "help-who": "Who helps at once",
    "help-keepers": "To tell the keepers about a message, press “More” beside it, then “Report”.",
    "help-numbers": "Whom you can reach",
    "help-steps": "What we do when somebody is in danger",
    "help-told": "Told: {who}, within {minutes} minutes.",
    "help-decides": "Decides: {who}.",
    // This device.
    "device-title": "This device",
    "device-move": "Move to another device",
    "device-move-what":
        "All rooms go to another device, sealed under words. Write the words down first. This device forgets the rooms once they have arrived on the server. They lie there for three days at most, and can be taken once.",
    "device-move-now": "Draw the words",
    "device-moving": "Sealing and sending… Keep this page open.",
    "device-move-words": "Write these words down",
    "device-move-next":
        "On the other device open the same address, choose “Bring everything here from another device”, and type them.",
    "device-move-end": "I have written them down: send now",
    "device-move-begun":
        "A move was begun on this device and has not ended. Until it has, nothing else can be done here.",
    "device-move-back": "Do not move after all",
    "device-move-gone": "The other device has everything already. This one has forgotten it.",
    "device-move-sent": "Everything has arrived on the server, and this device has forgotten it.",
    "movein-title": "Bring everything here",
    "movein-what": "Type the words that the other device showed. They work once.",
    "movein-words": "The words",
    "movein-now": "Bring it here",
    "movein-working": "Fetching and opening. On an old phone this takes a while.",
    "movein-nothing":
        "Nothing lies under these words: mistyped, taken already, or older than three days.",
    "movein-bad": "This does not look like the words of the other device. Compare each of them.",
    "movein-arrived": "Everything is here now.",
    "device-wiping": "A passphrase that deletes",
    "device-wiping-what":
        "Typed at the door, it deletes everything and shows an empty page, as if nothing had ever been here. Choose one that you would never type by mistake.",
    "device-wiping-new": "The passphrase that deletes",
    "device-current": "Your passphrase of now",
    "device-set": "Set it",
    "device-is-set": "It is set.",
    "device-change": "Another passphrase",
    "device-change-new": "The new passphrase",
    "device-change-now": "Change it",
    "device-changed": "Changed. The passphrase that deletes is not set any more.",
    "device-wipe": "Delete everything",
    "device-wipe-what":
        "All rooms, names and keys on this device are deleted. The rooms stay; you are just not in them any more.",
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

export type Key = keyof typeof words
export type Words = Readonly<Record<Key, string>>
