/** Whether errors are to be printed as JSON, also when the command line cannot be read. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? argv.length : end).some((word, index) => {
    if (/^--json(?:=|$)/.test(word) || /^(?:--output=|-\w*o=?)(?:nd)?json$/.test(word)) return true;
    return /^(?:nd)?json$/.test(word) && /^(?:--output|-\w*o)$/.test(argv[index - 1] ?? '');
  });
}
