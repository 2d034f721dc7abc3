//! Who is known by tokens of somebody else, such as the jobs of GitHub Actions.

use std::borrow::Cow;

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, IntoValue, Scope, Value, text};
use typed_builder::TypedBuilder;

use super::{Condition, ConditionKey, Principal};
use crate::reference::reference;

/// Where the tokens of GitHub Actions come from.
const GITHUB: &str = "token.actions.githubusercontent.com";

/// Whom tokens are for that are to be changed for those of AWS.
const STS: &str = "sts.amazonaws.com";

/// How an [`OidcProvider`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct OidcProviderProps {
    /// Who makes the tokens: its host and path, without `https://`.
    #[builder(setter(into))]
    issuer: Cow<'static, str>,
    /// Whom tokens must be for, one of these; by default `sts.amazonaws.com`.
    #[builder(default = vec![STS.into()], setter(into))]
    audiences: Vec<String>,
}

/// That the account trusts the tokens of somebody (OpenID Connect). There is one for each issuer in an account, whichever
/// region its stack is in.
///
/// ```
/// use flagcdk::iam::{GithubJobs, OidcProvider, Role, RoleProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Ci", Placement::Home);
/// let github = OidcProvider::github(&stack, "Github");
/// let jobs = GithubJobs::of_branch("octo/shop", "main").principal(&github);
/// let role = Role::new(&stack, "Deploy", RoleProps::builder().assumed_by(jobs).build());
/// stack.output("Role", role.arn());
/// assert!(app.synth()?.template("Ci").contains("repo:octo/shop:ref:refs/heads/main"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [OIDC federation](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc.html) and
/// [AWS::IAM::OIDCProvider](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-oidcprovider.html).
#[derive(Clone, Debug)]
pub struct OidcProvider {
    reference: OidcProviderRef,
}

/// A provider of tokens, owned or imported.
#[derive(Clone, Debug, PartialEq)]
pub struct OidcProviderRef {
    arn: Value<Arn>,
    issuer: Cow<'static, str>,
}

/// Jobs of GitHub Actions.
///
/// See [claims of the token](https://docs.github.com/en/actions/reference/security/oidc).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GithubJobs {
    subject: String,
}

impl OidcProvider {
    /// Trusts an issuer, whose certificate AWS checks.
    pub fn new(scope: &Scope, id: &str, props: OidcProviderProps) -> Self {
        let scope = scope.construct(id);
        if props.issuer.contains("://") || props.issuer.is_empty() {
            scope.error(
                "iam::issuer",
                format!("`{}` is no issuer as conditions name it", props.issuer),
                "write its host and path, without `https://`",
            );
        }
        let provider =
            cfn::iam::OIDCProvider::new().url(format!("https://{}", props.issuer)).client_id_list(props.audiences);
        let arn = scope.add("Resource", provider).get(cfn::iam::OIDCProvider::ARN);
        Self { reference: OidcProviderRef { arn, issuer: props.issuer } }
    }

    /// Trusts GitHub Actions.
    pub fn github(scope: &Scope, id: &str) -> Self {
        Self::new(scope, id, OidcProviderProps::builder().issuer(GITHUB).build())
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }
}

impl OidcProviderRef {
    /// A provider of the same account that exists already: its host and path, without `https://`.
    pub fn from_issuer(issuer: impl Into<Cow<'static, str>>) -> Self {
        let issuer = issuer.into();
        let place = text!["arn:", Value::partition(), ":iam::", Value::account_id(), ":oidc-provider/"];
        Self { arn: text![place, &*issuer].cast(), issuer }
    }

    /// GitHub Actions, which the account trusts already.
    pub fn github() -> Self {
        Self::from_issuer(GITHUB)
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }

    /// Who has a token of the issuer for this audience, and of this subject, in which `*` stands for any characters.
    pub fn principal(&self, audience: impl IntoValue<String>, subject: impl IntoValue<String>) -> Principal {
        let claim = |name: &str| ConditionKey::new(format!("{}:{name}", self.issuer));
        Principal::federated(&self.arn)
            .only_if(Condition::equals(claim("aud"), audience))
            .only_if(Condition::is_like(claim("sub"), subject))
    }
}

reference!(OidcProvider => OidcProviderRef);

impl GithubJobs {
    /// Jobs for a branch of a repository, `owner/name`.
    pub fn of_branch(repository: &str, branch: &str) -> Self {
        Self { subject: format!("repo:{repository}:ref:refs/heads/{branch}") }
    }

    /// Jobs for tags of a repository, which may have `*` in them.
    pub fn of_tag(repository: &str, tag: &str) -> Self {
        Self { subject: format!("repo:{repository}:ref:refs/tags/{tag}") }
    }

    /// Jobs for an environment of a repository, which can ask people first.
    pub fn of_environment(repository: &str, environment: &str) -> Self {
        Self { subject: format!("repo:{repository}:environment:{environment}") }
    }

    /// All jobs of a repository, those for everybody's pull requests among them.
    pub fn all_of(repository: &str) -> Self {
        Self { subject: format!("repo:{repository}:*") }
    }

    /// The jobs as who may take a role on.
    pub fn principal(&self, provider: &impl AsRef<OidcProviderRef>) -> Principal {
        provider.as_ref().principal(STS, &self.subject)
    }
}
