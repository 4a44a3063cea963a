/** A whole number as people read it: 10000 is "10,000". The runtime's own way loads its languages first, a tenth of a start. */
export const groupDigits = (count: number | bigint): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");
