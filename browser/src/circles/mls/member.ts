/** A member as others see them: what stands in their leaf. */

export interface Member {
    /** 32 hex digits, made from the circle and the key they sign with. */
    readonly id: string
    /** The name they chose for this room. Never changes, so nobody can slip into another's. */
    readonly name: string
    readonly signatureKey: Uint8Array
    /** For what is sealed to this member alone: a public key of the suite's HPKE. */
    readonly boxKey: Uint8Array
    /** Id of the batch they came in by, as hex; "" for the founder. */
    readonly batch: string
    /** Marks the invitation as used: 32 hex digits; "" for the founder. */
    readonly invitation: string
    /** MLS leaf index. */
    readonly leaf: number
}
