// Commits that no client of ours would make: what a member with a changed client can send.
import type { ClientConfig, ClientState } from "ts-mls"
import { defaultClientConfig } from "ts-mls/clientConfig.js"
import { encodeMlsMessage } from "ts-mls/message.js"

import { madeCommit } from "../../../src/circles/mls/commits.js"
import type { Proposed } from "../../../src/circles/mls/commits.js"
import type { Group } from "../../../src/circles/mls/group.js"
import { parsedGroup } from "../../../src/circles/mls/group_state.js"
import { suiteOf } from "../../../src/circles/mls/suites.js"
import { SAID } from "./people.js"

export function stateOf(group: Group, config: ClientConfig = defaultClientConfig): ClientState {
    return parsedGroup(group.encodeEpoch(), group.encodeRatchets(), () => config).state
}

/** Signed, sealed and confirmed as MLS wants it, whatever the circle's rules say. */
export async function forced(group: Group, proposed: Partial<Proposed>): Promise<Uint8Array> {
    const all = { add: [], remove: [], extensions: null, ...proposed }
    const made = await madeCommit(stateOf(group), all, SAID, suiteOf(group.suite))
    return encodeMlsMessage({
        version: "mls10",
        wireformat: "mls_private_message",
        privateMessage: made.commit,
    })
}
