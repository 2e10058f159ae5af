/**
 * SHA-256 (FIPS 180-4) of one text with nonce after nonce behind it, as fast as an interpreter
 * goes: an old phone in Tor Browser's "safer" mode runs JavaScript without a compiler.
 *
 * What stands before the nonce's block is hashed once. The slow twin is noble's sha256; a test
 * holds both to the same digests.
 */

/** FIPS 180-4 section 4.2.2. */
const ROUND_CONSTANTS = Int32Array.of(
    0x428a2f98,
    0x71374491,
    0xb5c0fbcf,
    0xe9b5dba5,
    0x3956c25b,
    0x59f111f1,
    0x923f82a4,
    0xab1c5ed5,
    0xd807aa98,
    0x12835b01,
    0x243185be,
    0x550c7dc3,
    0x72be5d74,
    0x80deb1fe,
    0x9bdc06a7,
    0xc19bf174,
    0xe49b69c1,
    0xefbe4786,
    0x0fc19dc6,
    0x240ca1cc,
    0x2de92c6f,
    0x4a7484aa,
    0x5cb0a9dc,
    0x76f988da,
    0x983e5152,
    0xa831c66d,
    0xb00327c8,
    0xbf597fc7,
    0xc6e00bf3,
    0xd5a79147,
    0x06ca6351,
    0x14292967,
    0x27b70a85,
    0x2e1b2138,
    0x4d2c6dfc,
    0x53380d13,
    0x650a7354,
    0x766a0abb,
    0x81c2c92e,
    0x92722c85,
    0xa2bfe8a1,
    0xa81a664b,
    0xc24b8b70,
    0xc76c51a3,
    0xd192e819,
    0xd6990624,
    0xf40e3585,
    0x106aa070,
    0x19a4c116,
    0x1e376c08,
    0x2748774c,
    0x34b0bcb5,
    0x391c0cb3,
    0x4ed8aa4a,
    0x5b9cca4f,
    0x682e6ff3,
    0x748f82ee,
    0x78a5636f,
    0x84c87814,
    0x8cc70208,
    0x90befffa,
    0xa4506ceb,
    0xbef9a3f7,
    0xc67178f2,
)
/** FIPS 180-4 section 5.3.3. */
const BEGINNING = Int32Array.of(
    0x6a09e667,
    0xbb67ae85,
    0x3c6ef372,
    0xa54ff53a,
    0x510e527f,
    0x9b05688c,
    0x1f83d9ab,
    0x5be0cd19,
)
const BLOCK = 64
const NONCE = 8

/**
 * A function from a count (below 2^53) to the digest of `text` and that count as 8 bytes, the
 * highest first: eight words of 32 bits with a sign. It is the same array each time.
 */
export function digestsOf(text: Uint8Array): (count: number) => Int32Array {
    const message = padded(text)
    const view = new DataView(message.buffer)
    const wholeBlocks = Math.floor(text.length / BLOCK)
    const midstate = BEGINNING.slice()
    for (let block = 0; block < wholeBlocks; block += 1) {
        compress(midstate, scheduleOf(view, block), midstate)
    }
    // One, or two where the nonce comes late in a block.
    const schedules: Int32Array[] = []
    for (let block = wholeBlocks; block * BLOCK < message.length; block += 1) {
        schedules.push(scheduleOf(view, block))
    }
    const from = wholeBlocks * BLOCK
    // The words that the nonce stands in.
    const words: { readonly at: number; readonly schedule: Int32Array; readonly word: number }[] =
        []
    for (let at = text.length & ~3; at < text.length + NONCE; at += 4) {
        const [first, second] = schedules
        const schedule = at - from < BLOCK ? first : second
        if (schedule !== undefined) words.push({ at, schedule, word: (at & 63) >> 2 })
    }
    const digest = new Int32Array(8)
    return (count) => {
        view.setUint32(text.length, Math.floor(count / 2 ** 32))
        view.setUint32(text.length + 4, count % 2 ** 32)
        for (const { at, schedule, word } of words) schedule[word] = view.getInt32(at)
        let state = midstate
        for (const schedule of schedules) {
            compress(state, schedule, digest)
            state = digest
        }
        return digest
    }
}

/** The text, room for the nonce, and the padding of FIPS 180-4 section 5.1.1. */
function padded(text: Uint8Array): Uint8Array {
    const length = text.length + NONCE
    const message = new Uint8Array(BLOCK * Math.ceil((length + 9) / BLOCK))
    message.set(text)
    message[length] = 0x80
    new DataView(message.buffer).setUint32(message.length - 4, 8 * length)
    return message
}

/** Room for the 64 words of a block, the first 16 of them read. */
function scheduleOf(view: DataView, block: number): Int32Array {
    return Int32Array.from({ length: 64 }, (_, word) =>
        word < 16 ? view.getInt32(BLOCK * block + 4 * word) : 0,
    )
}

/* eslint-disable @typescript-eslint/no-non-null-assertion -- All indices are below the lengths,
   and a check for each of 500 words a hash is a tenth of an interpreter's time. */

/**
 * FIPS 180-4 section 6.2.2, one block; `into` may be `from`. Written out, with local names only:
 * calls and names from outside are what an interpreter is slow at.
 */
function compress(from: Int32Array, w: Int32Array, into: Int32Array): void {
    const k = ROUND_CONSTANTS
    for (let t = 16; t < 64; t += 1) {
        const x = w[t - 15]!
        const y = w[t - 2]!
        w[t] =
            w[t - 16]! +
            w[t - 7]! +
            (((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)) +
            (((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10))
    }
    let a = from[0]!
    let b = from[1]!
    let c = from[2]!
    let d = from[3]!
    let e = from[4]!
    let f = from[5]!
    let g = from[6]!
    let h = from[7]!
    for (let t = 0; t < 64; t += 1) {
        const t1 =
            (h +
                (((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))) +
                ((e & f) ^ (~e & g)) +
                k[t]! +
                w[t]!) |
            0
        const t2 =
            (((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))) +
            ((a & b) ^ (a & c) ^ (b & c))
        h = g
        g = f
        f = e
        e = (d + t1) | 0
        d = c
        c = b
        b = a
        a = (t1 + t2) | 0
    }
    into[0] = from[0]! + a
    into[1] = from[1]! + b
    into[2] = from[2]! + c
    into[3] = from[3]! + d
    into[4] = from[4]! + e
    into[5] = from[5]! + f
    into[6] = from[6]! + g
    into[7] = from[7]! + h
}
