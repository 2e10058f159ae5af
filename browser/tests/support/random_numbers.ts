/** Numbers from 0 to below 1 that a test can have again: a linear congruential generator. */
export function randomNumbers(seed: number): () => number {
    let state = seed >>> 0
    return () => {
        // The numbers of Numerical Recipes, §7.1.
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0
        return state / 2 ** 32
    }
}
