/** When a lease is claimed, and when it ends unless it is renewed. Unix milliseconds. */
export interface LeaseTimes {
  now: number;
  until: number;
}
