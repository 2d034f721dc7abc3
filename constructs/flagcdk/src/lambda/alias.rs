//! Aliases: names that lead to versions.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, Scope, Value};
use typed_builder::TypedBuilder;

use super::{FunctionRef, Version};

/// How an [`Alias`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct AliasProps {
    /// The name, such as `live`.
    #[builder(setter(into))]
    name: String,
    /// The version that it leads to.
    #[builder(setter(transform = |version: &Version| version.clone()))]
    version: Version,
    /// Another version by its number, and which part of the calls goes there, 0 to 1; by default none does.
    #[builder(default, setter(strip_option))]
    shift: Option<(Value<String>, f64)>,
    /// What the alias is for; by default nothing is said.
    #[builder(default, setter(into, strip_option))]
    description: Option<Value<String>>,
    /// How many of the version are kept ready to run, and paid for; by default none.
    #[builder(default, setter(strip_option))]
    provisioned_concurrency: Option<u32>,
}

/// A name that leads to a version, and for a while to two. Whoever calls the alias need not know of versions.
///
/// It is taken wherever a function is.
///
/// ```
/// use flagcdk::lambda::{Alias, AliasProps, Code, Function, FunctionProps, Version, VersionProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Api", Placement::Home);
/// let function = Function::new(&stack, "Orders", FunctionProps::builder().code(Code::cargo("orders")).build());
/// let version = Version::new(&stack, "OrdersVersion", VersionProps::builder().function(&function).build());
/// let props = AliasProps::builder().name("live").version(&version).shift(("7".into(), 0.9));
/// Alias::new(&stack, "OrdersLive", props.build());
/// assert!(app.synth()?.template("Api").contains("AdditionalVersionWeights"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [aliases](https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html) and
/// [AWS::Lambda::Alias](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-alias.html).
#[derive(Clone, Debug)]
pub struct Alias {
    pub(super) reference: FunctionRef,
}

impl Alias {
    /// Makes the alias.
    pub fn new(scope: &Scope, id: &str, props: AliasProps) -> Self {
        use cfn::lambda::alias as property;

        let scope = scope.construct(id);
        check(&scope, &props);
        let function = &props.version.reference;
        let mut alias = cfn::lambda::Alias::new()
            .name(&props.name)
            .function_name(function.name())
            .function_version(props.version.number());
        if let Some(description) = props.description {
            alias = alias.description(description);
        }
        if let Some((other, part)) = props.shift {
            let weight = property::VersionWeight::new().function_version(other).function_weight(part);
            let routing = property::AliasRoutingConfiguration::new().additional_version_weights([weight]);
            alias = alias.routing_config(routing);
        }
        if let Some(ready) = props.provisioned_concurrency {
            let config = property::ProvisionedConcurrencyConfiguration::new().provisioned_concurrent_executions(ready);
            alias = alias.provisioned_concurrency_config(config);
        }
        let handle = scope.add("Resource", alias);
        let qualified = Some((Value::from(&props.name), handle.reference().cast()));
        Self { reference: FunctionRef { qualified, ..function.clone() } }
    }

    /// The ARN, which ends in the name.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }
}

fn check(scope: &Scope, props: &AliasProps) {
    let name = &props.name;
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 128 || !name.chars().all(legal) || name.chars().all(|c| c.is_ascii_digit()) {
        scope.error(
            "lambda::alias-name",
            format!("`{name}` cannot be the name of an alias"),
            "use 1 to 128 ASCII letters, digits, `-` and `_`, and not digits alone",
        );
    }
    if props.shift.is_some() && props.provisioned_concurrency.is_some() {
        scope.error(
            "lambda::alias-shift",
            "an alias that leads to two versions is to be kept ready to run, which Lambda refuses",
            "keep the versions themselves ready, by `provisioned_concurrency` of each",
        );
    }
    if let Some((_, part)) = &props.shift
        && !(0.0..=1.0).contains(part)
    {
        scope.error(
            "lambda::alias-weight",
            format!("{part} of the calls are shifted, wanted 0 to 1"),
            "0.1 is a tenth",
        );
    }
}
