/** The tokens of an account as a session takes and gives them. */
import type { openSessionMemory } from '../account/session-memory.ts';
import type { Tokens } from '../session/sasl/token.ts';

export const tokensOf = ({ userAgentId, token, putToken }: Awaited<ReturnType<typeof openSessionMemory>>): Tokens => ({
  userAgentId,
  current: token,
  put: putToken,
});
