//! Versions of functions.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, RemovalPolicy, Scope, Value, text};
use typed_builder::TypedBuilder;

use super::{Function, FunctionRef};

/// How a [`Version`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct VersionProps {
    /// The function.
    #[builder(setter(transform = |function: &Function| function.clone()))]
    function: Function,
    /// A word that is to be changed when something else than the code was, such as a variable: then too a version is made. By
    /// default one is made for new code alone.
    #[builder(default, setter(into, strip_option))]
    revision: Option<String>,
    /// How many of it are kept ready to run, and paid for; by default none.
    #[builder(default, setter(strip_option))]
    provisioned_concurrency: Option<u32>,
    /// What becomes of a version when the next one takes its place; by default it is deleted, once nothing leads to it.
    #[builder(default = RemovalPolicy::Destroy)]
    removal: RemovalPolicy,
}

/// The function as it is when its code was deployed, which never changes. Each deploy of other code makes another one.
///
/// Lambda refuses to make a version of what has not changed, so `revision` is only for what really was.
///
/// ```
/// use flagcdk::lambda::{Alias, AliasProps, Code, Function, FunctionProps, Version, VersionProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Api", Placement::Home);
/// let function = Function::new(&stack, "Orders", FunctionProps::builder().code(Code::cargo("orders")).build());
/// let version = Version::new(&stack, "OrdersVersion", VersionProps::builder().function(&function).build());
/// let live = Alias::new(&stack, "OrdersLive", AliasProps::builder().name("live").version(&version).build());
/// stack.output("Live", live.arn());
/// assert!(app.synth()?.template("Api").contains("AWS::Lambda::Version"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [versions](https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html) and
/// [AWS::Lambda::Version](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-version.html).
#[derive(Clone, Debug)]
pub struct Version {
    pub(super) reference: FunctionRef,
    number: Value<String>,
}

impl Version {
    /// Makes the version.
    pub fn new(scope: &Scope, id: &str, props: VersionProps) -> Self {
        let scope = scope.construct(id);
        let function = &props.function.reference;
        // Every change of a version's properties makes another version: its description holds what it is a version of.
        let code = text!["Code ", &props.function.code_identity];
        let description = match props.revision {
            None => code,
            Some(revision) => text![code, ", ", revision],
        };
        let mut version = cfn::lambda::Version::new().function_name(function.name()).description(description);
        if let Some(ready) = props.provisioned_concurrency {
            let config = cfn::lambda::version::ProvisionedConcurrencyConfiguration::new();
            version = version.provisioned_concurrency_config(config.provisioned_concurrent_executions(ready));
        }
        let handle = scope.add("Resource", version);
        handle.removal_policy(props.removal);
        let number: Value<String> = handle.get(cfn::lambda::Version::VERSION);
        let qualified = Some((number.clone(), handle.reference().cast()));
        Self { reference: FunctionRef { qualified, ..function.clone() }, number }
    }

    /// The ARN, which ends in the number.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }

    /// The number.
    pub fn number(&self) -> Value<String> {
        self.number.clone()
    }
}
