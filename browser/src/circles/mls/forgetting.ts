/** Overwriting keys that nothing needs any more. */

import type { ClientState, GenerationSecret, PrivateKeyPath, SecretTreeNode } from "ts-mls"

/** The engine may have made copies; nobody can reach those. */
export function forget(spent: readonly Uint8Array[]): void {
    for (const bytes of spent) bytes.fill(0)
}

/** Secrets that end with an epoch. */
export function spentWith(before: ClientState, after: ClientState): Uint8Array[] {
    const kept = new Set(pathKeys(after.privatePath))
    return [
        ...epochSecrets(before),
        ...pathKeys(before.privatePath).filter((key) => !kept.has(key)),
    ]
}

/** All secrets of a group but the keys that make a member who they are. */
export function everything(state: ClientState): Uint8Array[] {
    return [...epochSecrets(state), ...pathKeys(state.privatePath)]
}

function pathKeys({ privateKeys }: PrivateKeyPath): Uint8Array[] {
    return Object.values(privateKeys)
}

function epochSecrets({ keySchedule, secretTree }: ClientState): Uint8Array[] {
    const ratchets = secretTree.flatMap(({ application, handshake }: SecretTreeNode) =>
        [application, handshake].flatMap(ratchetSecrets),
    )
    return [...Object.values<Uint8Array>({ ...keySchedule }), ...ratchets]
}

function ratchetSecrets({ secret, unusedGenerations }: GenerationSecret): Uint8Array[] {
    return [secret, ...Object.values<Uint8Array>(unusedGenerations)]
}
