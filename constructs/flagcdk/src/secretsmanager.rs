//! Secrets Manager: secrets that AWS makes up and nobody types.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, IntoValue, RemovalPolicy, Scope, Value};
use typed_builder::TypedBuilder;

use crate::iam::{Grantee, Statement};
use crate::kms::KeyRef;
use crate::reference::reference;

/// How a [`Secret`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct SecretProps {
    /// What the secret is for; by default nothing is said.
    #[builder(default, setter(into, strip_option))]
    description: Option<Value<String>>,
    /// The key in the secret's JSON that holds the generated text; by default `token`.
    #[builder(default = "token".into(), setter(into))]
    json_key: String,
    /// How many characters are generated, letters and digits alone; by default 64.
    #[builder(default = 64)]
    length: u16,
    /// The key that encrypts the secret; by default Secrets Manager has one of its own.
    #[builder(default, setter(into))]
    encryption_key: Option<KeyRef>,
    /// What becomes of the secret when it leaves the stack; by default it is deleted, with the 30 days in which Secrets
    /// Manager can bring it back.
    #[builder(default = RemovalPolicy::Destroy)]
    removal: RemovalPolicy,
}

/// A secret: JSON with one generated text.
///
/// It is not rotated by itself. Whoever takes it as a password, such as a cache, must be told of a new one at the same time.
///
/// ```
/// use flagcdk::secretsmanager::{Secret, SecretProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Cache", Placement::Home);
/// let secret = Secret::new(&stack, "AuthToken", SecretProps::builder().build());
/// let password = secret.value();
/// assert!(app.synth()?.template("Cache").contains("GenerateSecretString"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::SecretsManager::Secret](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html).
#[derive(Clone, Debug)]
pub struct Secret {
    reference: SecretRef,
    json_key: String,
}

/// A secret, owned or imported.
#[derive(Clone, Debug, PartialEq)]
pub struct SecretRef {
    arn: Value<Arn>,
    encryption_key: Option<KeyRef>,
}

impl Secret {
    /// Makes the secret.
    pub fn new(scope: &Scope, id: &str, props: SecretProps) -> Self {
        let scope = scope.construct(id);
        let generate = cfn::secretsmanager::secret::GenerateSecretString::new()
            .secret_string_template("{}")
            .generate_string_key(&props.json_key)
            .password_length(props.length)
            .exclude_punctuation(true);
        let mut secret = cfn::secretsmanager::Secret::new().generate_secret_string(generate);
        if let Some(description) = props.description {
            secret = secret.description(description);
        }
        if let Some(key) = &props.encryption_key {
            secret = secret.kms_key_id(key.arn());
        }
        let handle = scope.add("Resource", secret);
        handle.removal_policy(props.removal);
        let reference = SecretRef { arn: handle.reference(), encryption_key: props.encryption_key };
        Self { reference, json_key: props.json_key }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }

    /// The generated text, as a dynamic reference: CloudFormation resolves it where it is used and shows it nowhere.
    pub fn value(&self) -> Value<String> {
        Value::secret(self.arn(), &self.json_key)
    }
}

impl SecretRef {
    /// A secret that exists already.
    pub fn from_arn(arn: impl IntoValue<Arn>) -> Self {
        Self { arn: arn.into_value(), encryption_key: None }
    }

    /// Says which key encrypts an imported secret, so that grants are for the key too.
    #[must_use]
    pub fn encrypted_with(mut self, key: impl Into<KeyRef>) -> Self {
        self.encryption_key = Some(key.into());
        self
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }

    /// Lets somebody read the secret.
    pub fn grant_read(&self, grantee: &impl Grantee) {
        let mut statements = vec![Statement::allow(["secretsmanager:GetSecretValue"]).on(&self.arn)];
        statements.extend(self.encryption_key.as_ref().map(|key| key.statement_via("secretsmanager", ["kms:Decrypt"])));
        grantee.grant("ReadSecret", statements);
    }
}

reference!(Secret => SecretRef);
