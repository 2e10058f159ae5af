/** In place of a band's code: somebody for whom a desk vouches, whatever their age. */
export const COUNSELLOR = "*counsellor"
