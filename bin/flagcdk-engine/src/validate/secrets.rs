//! Passwords and tokens that are written out in a template, where everybody who may read the stack reads them.

use flagcdk_assembly::Finding;
use serde_json::Value as Json;

use super::template::{Resource, StackView};
use super::{codes, schemas};

/// What the names of secrets end in, in lower case.
const ENDINGS: [&str; 17] = [
    "accesstoken",
    "apikey",
    "apikeyvalue",
    "authtoken",
    "clientsecret",
    "credential",
    "credentials",
    "oauthtoken",
    "passphrase",
    "password",
    "passwords",
    "privatekey",
    "secretkey",
    "secretstring",
    "secrettoken",
    "sharedsecret",
    "usertoken",
];

/// Names that end like a secret's and are none.
const HARMLESS: [&str; 4] =
    ["generatesecretstring", "managemasterpassword", "rotatemasteruserpassword", "validatecredentials"];

/// Secrets of types whose schemas do not say what is write-only.
const ALSO: [(&str, &str); 3] = [
    ("AWS::CodeStar::GitHubRepository", "RepositoryAccessToken"),
    ("AWS::DocDB::DBCluster", "MasterUserPassword"),
    ("AWS::RDS::DBCluster", "MasterUserPassword"),
];

/// Whether a property of this name holds a secret, if it is write-only.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let lower = name.to_lowercase();
    (lower == "token" || ENDINGS.iter().any(|ending| lower.ends_with(ending))) && !HARMLESS.contains(&lower.as_str())
}

/// Checks that no property that takes a secret has a literal.
pub(super) fn check(stack: &StackView<'_>, resource: &Resource<'_>, findings: &mut Vec<Finding>) {
    let Some(schema) = schemas::of(resource.kind) else { return };
    let of_schema = schema.write_only.iter().filter(|path| path.last().is_some_and(|name| is_secret_name(name)));
    for path in of_schema {
        find(stack, resource, resource.properties, path, &mut Vec::new(), findings);
    }
    for (_, name) in ALSO.iter().filter(|(kind, _)| *kind == resource.kind) {
        find(stack, resource, resource.properties, &[(*name).to_owned()], &mut Vec::new(), findings);
    }
}

/// Follows a path of property names to values, through every item of lists.
fn find(
    stack: &StackView<'_>,
    resource: &Resource<'_>,
    value: &Json,
    path: &[String],
    trail: &mut Vec<String>,
    findings: &mut Vec<Finding>,
) {
    match (value, path.split_first()) {
        (Json::Array(items), rest) => {
            let path = if rest.is_some_and(|(first, _)| first == "*") { &path[1..] } else { path };
            for (index, item) in items.iter().enumerate() {
                trail.push(index.to_string());
                find(stack, resource, item, path, trail, findings);
                trail.pop();
            }
        }
        (Json::Object(entries), Some((first, rest))) => {
            if let Some(inner) = entries.get(first) {
                trail.push(first.clone());
                find(stack, resource, inner, rest, trail, findings);
                trail.pop();
            }
        }
        (value, None) => judge(stack, resource, value, &trail.join("."), findings),
        _ => {}
    }
}

fn judge(stack: &StackView<'_>, resource: &Resource<'_>, value: &Json, place: &str, findings: &mut Vec<Finding>) {
    let mut plain = |what: String| {
        findings.push(Finding::error(
            codes::PLAINTEXT_SECRET,
            resource.at(place),
            what,
            "keep the secret in Secrets Manager and write `{{resolve:secretsmanager:NAME:SecretString:KEY}}` here",
        ));
    };
    match value {
        Json::String(text) if !text.is_empty() && !text.contains("{{resolve:") => {
            plain("a secret is written out in the template".to_owned());
        }
        Json::Object(function) if function.len() == 1 => {
            if let Some(parameter) =
                function.get("Ref").and_then(Json::as_str).and_then(|name| Some((name, stack.parameters.get(name)?)))
            {
                let (name, body) = parameter;
                let default = body.get("Default").and_then(Json::as_str).unwrap_or_default();
                if !default.is_empty() && !default.contains("{{resolve:") {
                    plain(format!(
                        "the secret is the default of the parameter `{name}`, which is written out in the template"
                    ));
                }
            } else if let Some(Json::Array(branches)) = function.get("Fn::If") {
                branches.iter().skip(1).for_each(|branch| judge(stack, resource, branch, place, findings));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets() {
        for name in
            ["MasterUserPassword", "AuthToken", "SecretString", "ClientSecret", "Token", "Passwords", "PrivateKey"]
        {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "ClientToken",
            "GenerateSecretString",
            "SecretArn",
            "MasterSecretKmsKeyArn",
            "NoPasswordRequired",
            "ServiceToken",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
