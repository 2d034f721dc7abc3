//! From CloudFormation's names to Rust's.

/// Words that AWS writes with capitals inside.
const WORDS: &[(&str, &str)] = &[
    ("DynamoDB", "Dynamodb"),
    ("GraphQL", "Graphql"),
    ("GitHub", "Github"),
    ("GitLab", "Gitlab"),
    ("IPv", "Ipv"),
    ("MySQL", "Mysql"),
    ("NoSQL", "Nosql"),
    ("OAuth", "Oauth"),
    ("OpenID", "Openid"),
    ("PostgreSQL", "Postgresql"),
    ("SQLServer", "SqlServer"),
    ("WebACL", "WebAcl"),
    ("iSCSI", "Iscsi"),
    ("mTLS", "Mtls"),
];

const KEYWORDS: [&str; 46] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "use", "virtual", "where", "while",
];

/// A name of a property, type or value in words of lower case: `SSEKMSKeyARNs` is `ssekms`, `key`, `arns`.
fn words(name: &str) -> Vec<String> {
    let mut name = name.to_owned();
    for (written, meant) in WORDS {
        name = name.replace(written, meant);
    }
    let characters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (index, &character) in characters.iter().enumerate() {
        if !character.is_ascii_alphanumeric() {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        let before = index.checked_sub(1).map(|index| characters[index]);
        let after = characters.get(index + 1).copied();
        if character.is_ascii_uppercase()
            && before.is_some_and(|before| begins_word(&characters, index, before, after))
            && !word.is_empty()
        {
            words.push(std::mem::take(&mut word));
        }
        word.push(character.to_ascii_lowercase());
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Whether the capital at `index` begins a word.
fn begins_word(characters: &[char], index: usize, before: char, after: Option<char>) -> bool {
    if !before.is_ascii_uppercase() {
        return true;
    }
    // Within capitals, the last belongs to the next word, unless what follows is the s of a plural: `VPCEndpoint`, `ARNs`.
    let is_plural = after == Some('s') && characters.get(index + 2).is_none_or(|next| !next.is_ascii_lowercase());
    after.is_some_and(|after| after.is_ascii_lowercase()) && !is_plural
}

/// The name of a module or a setter.
pub fn snake(name: &str) -> String {
    let mut snake = words(name).join("_");
    if snake.is_empty() || snake.starts_with(|first: char| first.is_ascii_digit()) {
        snake.insert(0, '_');
    }
    snake
}

/// The name of a constant.
pub fn screaming(name: &str) -> String {
    snake(name).to_uppercase()
}

/// The name of a type. AWS's capitals stay: it is `VPCEndpoint` in their documentation as in the code.
pub fn pascal(name: &str) -> String {
    let mut pascal = String::with_capacity(name.len());
    let mut starts = true;
    for character in name.chars() {
        if !character.is_ascii_alphanumeric() {
            starts = true;
            continue;
        }
        pascal.push(if starts { character.to_ascii_uppercase() } else { character });
        starts = false;
    }
    if pascal.is_empty() || pascal.starts_with(|first: char| first.is_ascii_digit()) {
        pascal.insert(0, 'N');
    }
    if pascal == "Self" {
        pascal.push('_');
    }
    pascal
}

/// A name as it is written in code: keywords get a prefix, or a suffix where they cannot have one.
pub fn identifier(name: &str) -> String {
    match name {
        "self" | "super" | "crate" | "_" => format!("{name}_"),
        _ if KEYWORDS.contains(&name) => format!("r#{name}"),
        _ => name.to_owned(),
    }
}

/// The module of a service: `AWS::DynamoDB` is `dynamodb`, `Alexa::ASK` is `alexa_ask`.
pub fn service(type_name: &str) -> String {
    let mut parts = type_name.split("::");
    let (vendor, service) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    match vendor {
        "AWS" => service.to_lowercase(),
        _ => format!("{}_{}", vendor.to_lowercase(), service.to_lowercase()),
    }
}

/// The last part of a type's name: `AWS::DynamoDB::GlobalTable` is `GlobalTable`.
pub fn resource(type_name: &str) -> String {
    pascal(&type_name.split("::").skip(2).collect::<Vec<_>>().join("_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_a_reader_would() {
        let check = |name: &str, expected: &str| assert_eq!(snake(name), expected, "{name}");
        check("VisibilityTimeout", "visibility_timeout");
        check("KmsMasterKeyId", "kms_master_key_id");
        check("VPCEndpoint", "vpc_endpoint");
        check("DBInstanceARNs", "db_instance_arns");
        check("AZs", "azs");
        check("SubnetIDs", "subnet_ids");
        check("SSESpecification", "sse_specification");
        check("S3Bucket", "s3_bucket");
        check("EnableIPv6", "enable_ipv6");
        check("IPv4CidrBlock", "ipv4_cidr_block");
        check("deadLetterTargetArn", "dead_letter_target_arn");
        check("SHA256", "sha256");
        check("aws:kms", "aws_kms");
        check("t3.micro", "t3_micro");
        check("PAY_PER_REQUEST", "pay_per_request");
        check("4xx", "_4xx");
        check("DynamoDBTable", "dynamodb_table");
        check("URLs", "urls");
        check("HTTPSettings", "http_settings");
        check("Type", "type");
    }

    #[test]
    fn keeps_the_capitals_of_types() {
        let check = |name: &str, expected: &str| assert_eq!(pascal(name), expected, "{name}");
        check("VPCEndpoint", "VPCEndpoint");
        check("deadLetterTargetArn", "DeadLetterTargetArn");
        check("aws-kms_key", "AwsKmsKey");
        check("Self", "Self_");
        assert_eq!(identifier("type"), "r#type");
        assert_eq!(identifier("self"), "self_");
        assert_eq!(service("AWS::DynamoDB::GlobalTable"), "dynamodb");
        assert_eq!(service("Alexa::ASK::Skill"), "alexa_ask");
        assert_eq!(resource("AWS::DynamoDB::GlobalTable"), "GlobalTable");
    }
}
