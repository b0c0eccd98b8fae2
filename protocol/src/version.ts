/** The version of this package, which peers name when they tell each other what to upgrade (a test holds it to package.json). */
export const VERSION = '0.1.0';
