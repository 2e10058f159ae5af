/** `bytes` as a stream, in pieces of `size`. */
export function streamOf(
    bytes: Uint8Array,
    size = Math.max(1, bytes.length),
): ReadableStream<Uint8Array> {
    let from = 0
    return new ReadableStream<Uint8Array>({
        pull(controller) {
            if (from < bytes.length) controller.enqueue(bytes.subarray(from, from + size))
            from += size
            if (from >= bytes.length) controller.close()
        },
    })
}

export async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
    const pieces: Uint8Array[] = []
    for await (const piece of stream) pieces.push(piece)
    return new Uint8Array(Buffer.concat(pieces))
}
