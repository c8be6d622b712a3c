/**
 * Runs without some of the environment. The SDKs of providers take variables of somebody's shell as defaults of a
 * provider's inputs, and so into the state: a colleague's preview would show a changed provider, a token would stand
 * there in plain text.
 */
export function withoutVariables<T>(names: RegExp, run: () => T): T {
  const hidden = Object.entries(process.env).filter(([name]) => names.test(name));
  for (const [name] of hidden) Reflect.deleteProperty(process.env, name);
  try {
    return run();
  } finally {
    for (const [name, value] of hidden) process.env[name] = value;
  }
}
