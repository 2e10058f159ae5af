import { defineConfig } from "vitest/config"

export default defineConfig({
    test: {
        include: ["tests/**/*.test.ts"],
        testTimeout: 60_000, // scrypt vectors and shared machines are slow
        maxWorkers: 2,
    },
})
