/** XEP-0004: Data Forms. */
import { childText, type Element, xml } from './xml.ts';

export const nsForms = 'jabber:x:data';

export interface FormField {
  readonly name: string;
  readonly type: string;
  readonly label: string | null;
  readonly required: boolean;
  readonly values: readonly string[];
  readonly options: readonly string[];
  /** The field as it came, for what extensions put into it. */
  readonly element: Element;
}
export interface DataForm {
  readonly title: string | null;
  readonly instructions: string | null;
  readonly fields: readonly FormField[];
}

/** The first form inside an element; undefined if there is none. */
export function readForm(parent: Element): DataForm | undefined {
  const form = parent.getChild('x', nsForms);
  return form && formOf(form);
}

/** All forms inside an element. */
export const readForms = (parent: Element): DataForm[] => parent.getChildren('x', nsForms).map(formOf);

function formOf(form: Element): DataForm {
  const fields = form.getChildren('field', nsForms).map((field) => ({
    name: field.attrs.var ?? '',
    type: field.attrs.type ?? 'text-single',
    label: field.attrs.label ?? null,
    required: field.getChild('required', nsForms) !== undefined,
    values: field.getChildren('value', nsForms).map((value) => value.text()),
    options: field.getChildren('option', nsForms).map((option) => childText(option, 'value') ?? ''),
    element: field,
  }));
  return { title: childText(form, 'title'), instructions: childText(form, 'instructions'), fields };
}

/** A filled form: those of the fields that have values. */
export function submitForm(values: ReadonlyMap<string, readonly string[]>): Element {
  const fields = [...values].map(([name, texts]) =>
    xml(
      'field',
      { var: name },
      texts.map((text) => xml('value', {}, text)),
    ),
  );
  return xml('x', { xmlns: nsForms, type: 'submit' }, fields);
}

/** The value of FORM_TYPE (XEP-0068). */
export const formType = (form: DataForm): string | null =>
  form.fields.find((field) => field.name === 'FORM_TYPE')?.values[0] ?? null;

/** The form of that FORM_TYPE. */
export const formOfType = (forms: readonly DataForm[], type: string): DataForm | undefined =>
  forms.find((form) => formType(form) === type);

/** The values of a field; none if the form does not have it. */
export const formValues = (form: DataForm | undefined, name: string): readonly string[] =>
  form?.fields.find((field) => field.name === name)?.values ?? [];

/** The fields that stand for a person's input: not hidden, not mere text. */
export const askedFields = (form: DataForm): FormField[] =>
  form.fields.filter(({ name, type }) => name !== '' && type !== 'hidden' && type !== 'fixed');
