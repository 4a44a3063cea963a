/**
 * A whole number with digit groups: 10000 is "10,000". `toLocaleString` would load the locales first: a tenth of a
 * start.
 */
export const groupDigits = (count: number | bigint): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");
