/** To import the module itself makes Node.js load what it knows of MIME types. */
export const stripVTControlCharacters = (text) => process.getBuiltinModule("node:util").stripVTControlCharacters(text);
