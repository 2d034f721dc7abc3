//! For whom a flag is evaluated.

use std::borrow::Cow;

use flag_model::Timestamp;

use crate::value::MAX_SAFE_INTEGER;

/// The attribute by which users are told apart if a flag says nothing else.
pub const USER_ID: &str = "user_id";

/// For whom a flag is evaluated: attributes by their names.
///
/// ```
/// use flag_client::Context;
///
/// let context = Context::of_user("user-1").with("country", "SE").with("orders", 12).with("staff", false);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    /// There are few, so that to look at each is faster than anything else.
    attributes: Vec<(Cow<'static, str>, Attribute)>,
}

/// What is known of the one for whom a flag is evaluated.
#[derive(Clone, Debug, PartialEq)]
pub enum Attribute {
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text. One that holds RFC 3339 is a point in time, too, and one such as `4.12.0` a version.
    Text(Cow<'static, str>),
    /// A point in time.
    Time(Timestamp),
}

impl Context {
    /// Nobody in particular: percentages of less than 100 take nobody in.
    pub fn new() -> Self {
        Self::default()
    }

    /// The user with this id, which is the attribute `user_id`.
    pub fn of_user(id: impl Into<Cow<'static, str>>) -> Self {
        Self::new().with(USER_ID, Attribute::Text(id.into()))
    }

    /// Says one thing more; it takes the place of what was said before by that name.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Attribute>) -> Self {
        self.set(name, value);
        self
    }

    /// As [`Context::with`], in place.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Attribute>) {
        let (name, value) = (name.into(), value.into());
        match self.attributes.iter_mut().find(|(known, _)| *known == name) {
            Some((_, held)) => *held = value,
            None => self.attributes.push((name, value)),
        }
    }

    /// What was said by a name.
    pub fn get(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

impl From<bool> for Attribute {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Attribute {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<i32> for Attribute {
    fn from(value: i32) -> Self {
        Self::Number(value.into())
    }
}

impl From<u32> for Attribute {
    fn from(value: u32) -> Self {
        Self::Number(value.into())
    }
}

/// A number, or a text of its digits if a flag could not hold it exactly.
impl From<i64> for Attribute {
    fn from(value: i64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "what is not exact is a text")]
        let number = value as f64;
        if number.abs() <= MAX_SAFE_INTEGER { Self::Number(number) } else { Self::Text(value.to_string().into()) }
    }
}

/// A number, or a text of its digits if a flag could not hold it exactly.
impl From<u64> for Attribute {
    fn from(value: u64) -> Self {
        i64::try_from(value).map_or_else(|_| Self::Text(value.to_string().into()), Self::from)
    }
}

impl From<&'static str> for Attribute {
    fn from(value: &'static str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Attribute {
    fn from(value: String) -> Self {
        Self::Text(value.into())
    }
}

impl From<Timestamp> for Attribute {
    fn from(value: Timestamp) -> Self {
        Self::Time(value)
    }
}
