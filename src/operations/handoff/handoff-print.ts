/** Programs read the answers of `baton handoff`, so all of them are JSON. */
export const printedAsJson = { json: "always", print: (answer: object) => JSON.stringify(answer) } as const;
