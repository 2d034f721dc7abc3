//! The attributes that items are found by.

use std::collections::BTreeMap;

use flagcdk_core::Scope;

/// An attribute that is a key: its name and its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
}

impl Key {
    /// An attribute that holds a text.
    pub const fn text(name: &'static str) -> Self {
        Self { name, kind: "S" }
    }

    /// An attribute that holds a number.
    pub const fn number(name: &'static str) -> Self {
        Self { name, kind: "N" }
    }

    /// An attribute that holds bytes.
    pub const fn bytes(name: &'static str) -> Self {
        Self { name, kind: "B" }
    }

    /// The name.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

/// The types of all attributes that are keys, by name.
pub(super) fn types<'a>(
    scope: &Scope,
    keys: impl IntoIterator<Item = &'a Key>,
) -> BTreeMap<&'static str, &'static str> {
    let mut types = BTreeMap::new();
    for key in keys {
        let known = types.insert(key.name, key.kind);
        if known.is_some_and(|kind| kind != key.kind) {
            scope.error(
                "dynamodb::key-type",
                format!("the attribute `{}` is a key with two types", key.name),
                "give it one type wherever it is a key",
            );
        }
    }
    types
}

/// Reports a name that no table can have.
pub(super) fn check_name(scope: &Scope, name: &str) {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !(3..=255).contains(&name.len()) || !name.chars().all(legal) {
        scope.error(
            "dynamodb::name",
            format!("`{name}` cannot be the name of a table"),
            "use 3 to 255 ASCII letters, digits, `-`, `_` and `.`",
        );
    }
}
