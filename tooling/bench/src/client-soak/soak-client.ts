export async function soakClient(_args: readonly string[]): Promise<number> {
  return 1;
}
