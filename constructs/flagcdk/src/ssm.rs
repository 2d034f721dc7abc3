//! Systems Manager: parameters, which are values that people and programs look up by name.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, IntoValue, RemovalPolicy, Scope, Value, text};
use typed_builder::TypedBuilder;

use crate::iam::{Grantee, Statement};
use crate::kms::KeyRef;
use crate::reference::reference;

/// The most bytes of a value in the tier that is free, and in the other.
const MAX_STANDARD: usize = 4096;
const MAX_ADVANCED: usize = 8192;

/// How a [`StringParameter`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct StringParameterProps {
    /// The value. It stands in the template: what is secret belongs into a [`Secret`](crate::secretsmanager::Secret).
    #[builder(setter(into))]
    value: Value<String>,
    /// The name, such as `/shop/prod/endpoint`; by default CloudFormation makes one.
    #[builder(default, setter(into, strip_option))]
    name: Option<String>,
    /// What the parameter is for; by default nothing is said.
    #[builder(default, setter(into, strip_option))]
    description: Option<Value<String>>,
    /// A regular expression that every value must match; by default any value will do.
    #[builder(default, setter(into, strip_option))]
    allowed_pattern: Option<String>,
    /// What becomes of the parameter when it leaves the stack; by default it is deleted.
    #[builder(default = RemovalPolicy::Destroy)]
    removal: RemovalPolicy,
}

/// A plain parameter. A value of more than 4 KB makes it an advanced one, which is paid for.
///
/// CloudFormation makes no secure strings; one that exists is known by [`ParameterRef::from_secure_name`].
///
/// ```
/// use flagcdk::iam::Permissions;
/// use flagcdk::ssm::{ParameterRef, StringParameter, StringParameterProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Settings", Placement::Home);
/// let props = StringParameterProps::builder().name("/shop/limit").value("100").allowed_pattern("^[0-9]+$").build();
/// let limit = StringParameter::new(&stack, "Limit", props);
/// let permissions = Permissions::new();
/// limit.as_ref().grant_read(&permissions);
/// ParameterRef::from_secure_name("/shop/token").grant_read(&permissions);
/// stack.output("Endpoint", ParameterRef::from_name("/shop/endpoint").value());
/// assert!(app.synth()?.template("Settings").contains("{{resolve:ssm:/shop/endpoint}}"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::SSM::Parameter](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html).
#[derive(Clone, Debug)]
pub struct StringParameter {
    reference: ParameterRef,
    value: Value<String>,
}

/// A parameter, owned or imported.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterRef {
    name: Value<String>,
    arn: Value<Arn>,
    /// Whether it is a secure string.
    secure: bool,
    /// The key that encrypts it, if it is not the one that Systems Manager has, whose policy lets the account use it.
    encryption_key: Option<KeyRef>,
}

impl StringParameter {
    /// Makes the parameter.
    pub fn new(scope: &Scope, id: &str, props: StringParameterProps) -> Self {
        let scope = scope.construct(id);
        check(&scope, &props);
        let mut parameter = cfn::ssm::Parameter::new().r#type("String").value(props.value);
        if let Some(name) = &props.name {
            parameter = parameter.name(name);
        }
        if let Some(description) = props.description {
            parameter = parameter.description(description);
        }
        if let Some(pattern) = props.allowed_pattern {
            parameter = parameter.allowed_pattern(pattern);
        }
        // The tier is chosen by the size of the value, and costs nothing while it is small.
        let handle = scope.add("Resource", parameter.tier("Intelligent-Tiering"));
        handle.removal_policy(props.removal);
        let name = handle.reference();
        // A name that CloudFormation makes has no `/`.
        let arn = arn(&name, props.name.as_deref().is_some_and(|name| name.starts_with('/')));
        let value = handle.get(cfn::ssm::Parameter::VALUE);
        Self { reference: ParameterRef { name, arn, secure: false, encryption_key: None }, value }
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.reference.name()
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }

    /// The value, as an attribute of the resource: who uses it comes after the parameter.
    pub fn value(&self) -> Value<String> {
        self.value.clone()
    }
}

impl ParameterRef {
    /// A plain parameter of the same account and region that exists already. A name that is not known yet is taken for one
    /// without a `/` at its beginning.
    pub fn from_name(name: impl IntoValue<String>) -> Self {
        let name = name.into_value();
        let arn = arn(&name, name.literal().is_some_and(|name| name.starts_with('/')));
        Self { name, arn, secure: false, encryption_key: None }
    }

    /// A secure string of the same account and region that exists already, encrypted by the key `alias/aws/ssm`.
    pub fn from_secure_name(name: impl IntoValue<String>) -> Self {
        Self { secure: true, ..Self::from_name(name) }
    }

    /// Says which key encrypts an imported secure string, so that grants are for the key too.
    #[must_use]
    pub fn encrypted_with(mut self, key: impl Into<KeyRef>) -> Self {
        self.secure = true;
        self.encryption_key = Some(key.into());
        self
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }

    /// The value, as a dynamic reference that CloudFormation resolves when it deploys. A secure string is resolved in
    /// [few properties](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm-secure-strings.html)
    /// alone, those for passwords of databases among them.
    pub fn value(&self) -> Value<String> {
        if self.secure { text!["{{resolve:ssm-secure:", &self.name, "}}"] } else { Value::ssm_parameter(&self.name) }
    }

    /// Lets somebody read the parameter.
    pub fn grant_read(&self, grantee: &impl Grantee) {
        let read = Statement::allow(["ssm:GetParameter", "ssm:GetParameters"]).on(&self.arn);
        let key = self.encryption_key.as_ref().map(|key| key.statement_via("ssm", ["kms:Decrypt"]));
        grantee.grant("ReadParameter", [read].into_iter().chain(key).collect());
    }

    /// Lets somebody change the value.
    pub fn grant_write(&self, grantee: &impl Grantee) {
        let write = Statement::allow(["ssm:PutParameter"]).on(&self.arn);
        let actions = ["kms:Encrypt", "kms:GenerateDataKey"];
        let key = self.encryption_key.as_ref().map(|key| key.statement_via("ssm", actions));
        grantee.grant("WriteParameter", [write].into_iter().chain(key).collect());
    }
}

reference!(StringParameter => ParameterRef);

fn arn(name: &Value<String>, begins_with_slash: bool) -> Value<Arn> {
    let place = text![":ssm:", Value::region(), ":", Value::account_id(), ":parameter"];
    text!["arn:", Value::partition(), place, if begins_with_slash { "" } else { "/" }, name].cast()
}

fn check(scope: &Scope, props: &StringParameterProps) {
    let size = props.value.literal().map_or(1, str::len);
    if size == 0 || size > MAX_ADVANCED {
        scope.error(
            "ssm::value",
            format!("the value has {size} bytes, wanted 1 to {MAX_ADVANCED}; more than {MAX_STANDARD} are paid for"),
            "put long values into a bucket",
        );
    }
    if let Some(name) = &props.name {
        let legal = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
        let stem = name.trim_start_matches('/').to_ascii_lowercase();
        let reserved = stem.starts_with("aws") || stem.starts_with("ssm");
        let path_without_root = name.contains('/') && !name.starts_with('/');
        if name.is_empty() || name.len() > 1011 || !name.chars().all(legal) || reserved || path_without_root {
            scope.error(
                "ssm::name",
                format!("`{name}` cannot be the name of a parameter"),
                "use ASCII letters, digits and `_.-`, with `/` at the beginning and between levels, and begin with neither `aws` nor `ssm`",
            );
        }
    }
}
