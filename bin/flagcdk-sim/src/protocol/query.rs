//! The Query protocol's question: a form of flat names such as `Parameters.member.1.ParameterKey`.

use std::collections::BTreeMap;

use super::ServiceError;

/// The fields of a request, or of one structure in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields(BTreeMap<String, String>);

impl Fields {
    /// Reads a form-encoded body or query string.
    pub(crate) fn parse(form: &str) -> Self {
        let pairs = form.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name, true), decode(value, true))
        });
        Self(pairs.collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A field that CloudFormation requires.
    pub(crate) fn required(&self, name: &str) -> Result<&str, ServiceError> {
        self.get(name).ok_or_else(|| {
            let mut member = name.to_owned();
            if let Some(first) = member.get_mut(0..1) {
                first.make_ascii_lowercase();
            }
            ServiceError::validation(format!(
                "1 validation error detected: Value null at '{member}' failed to satisfy constraint: \
                 Member must not be null"
            ))
        })
    }

    pub(crate) fn boolean(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    pub(crate) fn integer(&self, name: &str) -> Result<Option<usize>, ServiceError> {
        self.get(name)
            .map(|text| {
                text.parse().map_err(|_| {
                    ServiceError::new(400, "MalformedInput", format!("{text} at {name} is not an integer"))
                })
            })
            .transpose()
    }

    /// The texts of a list, empty when the list is empty or absent.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        (1..).map_while(|index| self.0.get(&format!("{name}.member.{index}")).cloned()).collect()
    }

    /// The structures of a list.
    pub(crate) fn structures(&self, name: &str) -> Vec<Self> {
        (1..)
            .map(|index| self.structure(&format!("{name}.member.{index}")))
            .take_while(|fields| !fields.0.is_empty())
            .collect()
    }

    /// One structure; without fields when it is absent.
    pub(crate) fn structure(&self, name: &str) -> Self {
        let prefix = format!("{name}.");
        let inside = self
            .0
            .range(prefix.clone()..)
            .take_while(|(key, _)| key.starts_with(&prefix))
            .map(|(key, value)| (key[prefix.len()..].to_owned(), value.clone()));
        Self(inside.collect())
    }

    /// All fields but the named ones, in order, to compare two requests by.
    pub(crate) fn canonical(&self, without: &[&str]) -> String {
        let mut text = String::new();
        for (name, value) in &self.0 {
            if !without.contains(&name.as_str()) {
                text.push_str(&format!("{}:{name}{}:{value}", name.len(), value.len()));
            }
        }
        text
    }
}

/// Undoes percent-encoding; what is not valid UTF-8 is replaced, what is not valid encoding is kept.
pub(crate) fn decode(text: &str, plus_is_space: bool) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let digits = bytes.get(index + 1..index + 3).and_then(|pair| {
            let pair = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(pair, 16).ok()
        });
        match (bytes[index], digits) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                index += 3;
            }
            (b'+', _) if plus_is_space => {
                decoded.push(b' ');
                index += 1;
            }
            (byte, _) => {
                decoded.push(byte);
                index += 1;
            }
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_structures_are_found_by_their_names() {
        let fields = Fields::parse(
            "Action=CreateStack&Capabilities.member.1=CAPABILITY_IAM&NotificationARNs=&\
             Parameters.member.1.ParameterKey=A&Parameters.member.1.ParameterValue=a%20b%2Bc&\
             Parameters.member.2.ParameterKey=B&OperationPreferences.RegionOrder.member.1=eu-west-1",
        );
        assert_eq!(fields.list("Capabilities"), ["CAPABILITY_IAM"]);
        assert_eq!(fields.list("NotificationARNs"), Vec::<String>::new());
        let parameters = fields.structures("Parameters");
        assert_eq!(parameters.len(), 2);
        assert_eq!(parameters[0].get("ParameterValue"), Some("a b+c"));
        assert_eq!(parameters[1].get("ParameterValue"), None);
        assert_eq!(fields.structure("OperationPreferences").list("RegionOrder"), ["eu-west-1"]);
    }

    #[test]
    fn a_missing_field_is_refused_as_cloudformation_does() {
        let error = Fields::default().required("StackName").unwrap_err();
        assert_eq!(error.code, "ValidationError");
        assert!(error.message.contains("Value null at 'stackName'"));
    }

    #[test]
    fn odd_encodings_do_not_panic() {
        for (text, decoded) in
            [("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("%F0%9F%90%B1", "🐱"), ("%FF", "\u{FFFD}"), ("%é", "%é")]
        {
            assert_eq!(decode(text, false), decoded);
        }
    }
}
