//! The tag that most services have.

use std::marker::PhantomData;

use flagcdk_core::{IntoValue, Properties, Provided, Set, Unset, Value};

/// A name and a value that are attached to a resource. Services that mean the same share the type.
///
/// [AWS's page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-resource-tags.html)
#[must_use]
#[derive(Clone, Debug)]
pub struct Tag<Key = Set, Value = Set>(Properties, PhantomData<(Key, Value)>);

impl Tag<Unset, Unset> {
    /// Nothing is set yet.
    pub fn new() -> Self {
        Self(Properties::new(), PhantomData)
    }
}

impl<V> Tag<Unset, V> {
    /// The tag's name, which is unique on the resource. 1 to 128 characters; `aws:` at the beginning is AWS's own.
    pub fn key(mut self, value: impl IntoValue<String>) -> Tag<Set, V> {
        self.0.set("Key", value.into_value().into_expr());
        Tag(self.0, PhantomData)
    }
}

impl<K> Tag<K, Unset> {
    /// The tag's value. At most 256 characters.
    pub fn value(mut self, value: impl IntoValue<String>) -> Tag<K, Set> {
        self.0.set("Value", value.into_value().into_expr());
        Tag(self.0, PhantomData)
    }
}

impl<K: Provided<required::Key>, V: Provided<required::Value>> IntoValue<Tag> for Tag<K, V> {
    fn into_value(self) -> Value<Tag> {
        Value::from_expr(self.0.into_expr())
    }
}

/// What the compiler calls required properties.
pub mod required {
    crate::markers! { Key Value }
}
