//! Properties with known values.

use std::fmt;
use std::marker::PhantomData;

use flagcdk_core::{IntoValue, Value};

/// A text that is one of the values of `E`, of which the known ones are constants: `KeyType::HASH` is a `Text<KeyType>`.
///
/// Where a property takes it, it takes any other text as well, for AWS adds values, and values of resources:
/// `key_type("HASH")`.
// One type for all enums rather than a type for each: with thousands of implementations of `IntoValue` for `&str` alone the
// compiler would compare each to each.
pub struct Text<E> {
    text: &'static str,
    one_of: PhantomData<fn() -> E>,
}

impl<E> Text<E> {
    /// A value; the generated constants call it.
    pub const fn new(text: &'static str) -> Self {
        Self { text, one_of: PhantomData }
    }

    /// The value in a template.
    pub const fn as_str(self) -> &'static str {
        self.text
    }
}

impl<E> Clone for Text<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Text<E> {}

impl<E> PartialEq for Text<E> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<E> Eq for Text<E> {}

impl<E> fmt::Debug for Text<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl<E> fmt::Display for Text<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl<E> IntoValue<Text<E>> for Text<E> {
    fn into_value(self) -> Value<Text<E>> {
        Value::from_expr(self.text.into())
    }
}

impl<E> IntoValue<Text<E>> for &str {
    fn into_value(self) -> Value<Text<E>> {
        Value::<String>::from(self).cast()
    }
}

impl<E> IntoValue<Text<E>> for String {
    fn into_value(self) -> Value<Text<E>> {
        Value::from_expr(self.into())
    }
}

impl<E> IntoValue<Text<E>> for Value<String> {
    fn into_value(self) -> Value<Text<E>> {
        self.cast()
    }
}

impl<E> IntoValue<Text<E>> for &Value<String> {
    fn into_value(self) -> Value<Text<E>> {
        self.clone().cast()
    }
}
