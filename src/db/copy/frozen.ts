/** A frozen database refuses changes of the copied tables until it is unfrozen. Reads and derived data are not affected. */

/** The message of the triggers that refuse changes. */
export const FROZEN_MESSAGE =
  'the database is frozen, so it refuses changes; taskgate unfreeze lets it be changed again';
