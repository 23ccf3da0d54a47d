/** To import the module itself makes Node.js open all standard streams. */
export default process;
