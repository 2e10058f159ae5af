/**
 * In the script of circles, in place of ts-mls's own choice of cryptography: every group there is
 * given its suite (circles/mls/suites.ts), and what ts-mls would choose needs `crypto.subtle`.
 */

import { LeftOutError } from "./left_out.js"

export function getCiphersuiteImpl(): never {
    throw new LeftOutError("a suite is given to each group; take one of circles/mls/suites.ts")
}
