/** What a business card says, in whichever format it came. */

export interface Vcard {
  readonly fullName: string | null;
  readonly nickname: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly organization: string | null;
  readonly title: string | null;
  readonly birthday: string | null;
  readonly url: string | null;
  readonly note: string | null;
  /** A URL; a picture that came with the card is a data: URL. */
  readonly photo: string | null;
}

/** The first of the cards that says it, for each entry; null if no card says anything. */
export function mergeVcards(...cards: readonly (Partial<Vcard> | undefined)[]): Vcard | null {
  const first = (key: keyof Vcard): string | null => cards.map((card) => card?.[key]).find(Boolean) ?? null;
  const merged: Vcard = {
    fullName: first('fullName'),
    nickname: first('nickname'),
    email: first('email'),
    phone: first('phone'),
    organization: first('organization'),
    title: first('title'),
    birthday: first('birthday'),
    url: first('url'),
    note: first('note'),
    photo: first('photo'),
  };
  return Object.values(merged).some((value) => value !== null) ? merged : null;
}
