//! Writing XML.

use std::fmt::{Display, Write as _};

/// A document that grows at its end.
#[derive(Debug, Default)]
pub(crate) struct Xml {
    text: String,
}

impl Xml {
    /// A document that begins with the declaration, as S3 answers.
    pub(crate) fn with_declaration() -> Self {
        Self { text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned() }
    }

    /// An element with whatever `content` writes.
    pub(crate) fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.tagged(name, "", content);
    }

    /// An element in a namespace.
    pub(crate) fn root(&mut self, name: &str, namespace: &str, content: impl FnOnce(&mut Self)) {
        self.tagged(name, &format!(" xmlns=\"{namespace}\""), content);
    }

    /// An element that holds text.
    pub(crate) fn text(&mut self, name: &str, text: impl Display) {
        self.element(name, |xml| {
            let from = xml.text.len();
            write!(xml.text, "{text}").expect("writing to a string does not fail");
            if xml.text[from..].contains(needs_escape) {
                let plain = xml.text.split_off(from);
                xml.escape(&plain);
            }
        });
    }

    /// An element that holds text, or none at all.
    pub(crate) fn optional(&mut self, name: &str, text: Option<impl Display>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// A list in the Query protocol's form: `<Name><member>…</member></Name>`.
    pub(crate) fn members<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        mut each: impl FnMut(&mut Self, T),
    ) {
        self.element(name, |xml| {
            for item in items {
                xml.element("member", |xml| each(xml, item));
            }
        });
    }

    /// A list of texts.
    pub(crate) fn text_members(&mut self, name: &str, items: impl IntoIterator<Item = impl Display>) {
        self.element(name, |xml| {
            for item in items {
                xml.text("member", item);
            }
        });
    }

    /// Text that needs no escape.
    pub(crate) fn raw(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }

    fn tagged(&mut self, name: &str, attributes: &str, content: impl FnOnce(&mut Self)) {
        write!(self.text, "<{name}{attributes}>").expect("writing to a string does not fail");
        content(self);
        write!(self.text, "</{name}>").expect("writing to a string does not fail");
    }

    fn escape(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' => self.text.push_str("&quot;"),
                '\r' => self.text.push_str("&#xD;"),
                // Other control characters cannot stand in XML 1.0 at all.
                other if needs_escape(other) => self.text.push('\u{FFFD}'),
                other => self.text.push(other),
            }
        }
    }
}

fn needs_escape(character: char) -> bool {
    matches!(character, '&' | '<' | '>' | '"' | '\u{FFFE}' | '\u{FFFF}')
        || (character < ' ' && character != '\n' && character != '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        for (text, escaped) in [
            ("plain", "<a>plain</a>"),
            ("a<b>&\"c\"", "<a>a&lt;b&gt;&amp;&quot;c&quot;</a>"),
            ("line\r\nline", "<a>line&#xD;\nline</a>"),
            ("nul\0", "<a>nul\u{FFFD}</a>"),
        ] {
            let mut xml = Xml::default();
            xml.text("a", text);
            assert_eq!(xml.finish(), escaped);
        }
    }
}
