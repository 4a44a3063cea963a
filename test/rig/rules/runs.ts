/**
 * How many random cases a property gets: `usual`, unless `BATON_PROPERTY_RUNS` says another number, as `npm run
 * test:fast` does for all properties at once.
 */
export const runs = (usual: number): number => Number(process.env.BATON_PROPERTY_RUNS ?? usual);
