//! Certificate Manager: certificates that AWS renews.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, IntoValue, Placement, Region, Scope, Value};
use typed_builder::TypedBuilder;

use crate::arn;
#[cfg(feature = "cloudwatch")]
use crate::cloudwatch::{Metric, Statistic};
use crate::reference::reference;
use crate::route53::HostedZoneRef;

/// How a [`Certificate`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct CertificateProps {
    /// The name that it is for, such as `shop.example.com` or `*.example.com`.
    #[builder(setter(into))]
    domain: String,
    /// More names that it is for; by default none.
    #[builder(default, setter(into))]
    more_domains: Vec<String>,
    /// The zone that the names are in, where it is shown that they are one's own.
    #[builder(setter(into))]
    zone: HostedZoneRef,
}

/// A certificate for names of a zone of Route 53. It is validated by records that CloudFormation makes there, and renewed as
/// long as they stay.
///
/// One for a [`Distribution`](crate::cloudfront::Distribution) must be in `us-east-1`.
///
/// ```
/// use flagcdk::certificatemanager::{Certificate, CertificateProps};
/// use flagcdk::route53::HostedZoneRef;
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::US_EAST_1);
/// let stack = app.stack("Site", Placement::Home);
/// let zone = HostedZoneRef::from_id("Z123456789ABC", "example.com");
/// let props = CertificateProps::builder().domain("example.com").more_domains(["*.example.com".into()]).zone(&zone).build();
/// Certificate::new(&stack, "Certificate", props);
/// assert!(app.synth()?.template("Site").contains("DomainValidationOptions"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::CertificateManager::Certificate](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-certificatemanager-certificate.html).
#[derive(Clone, Debug)]
pub struct Certificate {
    reference: CertificateRef,
}

/// A certificate, owned or imported.
#[derive(Clone, Debug, PartialEq)]
pub struct CertificateRef {
    arn: Value<Arn>,
    /// Where it is, as far as that is known.
    region: Option<Region>,
}

impl Certificate {
    /// Makes the certificate. CloudFormation waits until it is issued.
    pub fn new(scope: &Scope, id: &str, props: CertificateProps) -> Self {
        let scope = scope.construct(id);
        check(&scope, &props);
        let validation = |domain: &String| {
            cfn::certificatemanager::certificate::DomainValidationOption::new()
                .domain_name(domain)
                .hosted_zone_id(props.zone.id())
        };
        let domains = || [&props.domain].into_iter().chain(&props.more_domains);
        let mut certificate = cfn::certificatemanager::Certificate::new()
            .domain_name(&props.domain)
            .validation_method("DNS")
            .domain_validation_options(domains().map(validation).collect::<Vec<_>>());
        if !props.more_domains.is_empty() {
            certificate = certificate.subject_alternative_names(props.more_domains.clone());
        }
        let region = match scope.stack().placement() {
            Placement::Home => Some(scope.home_region()),
            Placement::EveryRegion => None,
        };
        let arn = scope.add("Resource", certificate).reference().cast();
        Self { reference: CertificateRef { arn, region } }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }
}

impl CertificateRef {
    /// A certificate that exists already.
    pub fn from_arn(arn: impl IntoValue<Arn>) -> Self {
        let arn = arn.into_value();
        let region = arn::part(&arn, 3).literal().and_then(|region| region.parse().ok());
        Self { arn, region }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }

    /// How many days are left before it expires: fewer than 45 mean that it is not renewed.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_days_to_expiry(&self) -> Metric {
        Metric::new("AWS/CertificateManager", "DaysToExpiry")
            .dimension("CertificateArn", &self.arn)
            .statistic(Statistic::Minimum)
            .period_seconds(86_400)
    }

    /// Where it is, as far as that is known.
    pub(crate) fn region(&self) -> Option<Region> {
        self.region
    }
}

reference!(Certificate => CertificateRef);

fn check(scope: &Scope, props: &CertificateProps) {
    let Some(zone) = props.zone.name().literal().map(str::to_owned) else { return };
    for domain in [&props.domain].into_iter().chain(&props.more_domains) {
        if domain != &zone && !domain.ends_with(&format!(".{zone}")) {
            scope.error(
                "certificatemanager::zone",
                format!("`{domain}` is not in the zone `{zone}`, where it is to be validated"),
                "name the zone that the domain is in, or make a certificate for each zone",
            );
        }
    }
}
