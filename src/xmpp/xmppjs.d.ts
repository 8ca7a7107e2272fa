/** What we use of @xmpp/client, which brings no types: its XML elements. */
declare module '@xmpp/client' {
  interface XmlElement {
    name: string;
    attrs: Record<string, string | undefined>;
    parent: XmlElement | null;
    children: (XmlElement | string)[];
    is(name: string, xmlns?: string): boolean;
    getName(): string;
    getNS(): string | undefined;
    getChild(name: string, xmlns?: string): XmlElement | undefined;
    getChildren(name: string, xmlns?: string): XmlElement[];
    getChildText(name: string, xmlns?: string): string | null;
    getChildElements(): XmlElement[];
    text(): string;
    append(...nodes: (XmlElement | string)[]): XmlElement;
    t(text: string): XmlElement;
    toString(): string;
  }
  type XmlNode = XmlElement | string | undefined | null | false;
  type XmlAttrs = Readonly<Record<string, string | number | boolean | undefined | null>>;
  const xml: ((name: string, attrs?: XmlAttrs | null, ...children: (XmlNode | XmlNode[])[]) => XmlElement) & {
    Element: new (name: string, attrs?: XmlAttrs) => XmlElement;
    escapeXML(text: string): string;
  };
}
