"""What the names of Java archives say."""

from __future__ import annotations

import pytest

from imgscan.formats.packages.java.file_name import FileName, parse_file_name


@pytest.mark.parametrize(
    ("name", "artifact", "version", "classifier"),
    [
        ("commons-io-2.11.0.jar", "commons-io", "2.11.0", ""),
        ("guava-31.1-jre.jar", "guava", "31.1-jre", ""),
        ("x-1.0-beta-2.jar", "x", "1.0-beta-2", ""),
        ("x-1.0-20230101.123456-1.jar", "x", "1.0-20230101.123456-1", ""),
        ("netty-tcnative-2.0.61.Final-linux-x86_64.jar", "netty-tcnative", "2.0.61.Final", "linux-x86_64"),
        ("netty-epoll-4.1.94.Final-osx-aarch_64.jar", "netty-epoll", "4.1.94.Final", "osx-aarch_64"),
        ("lwjgl-3.3.1-natives-linux-arm64.jar", "lwjgl", "3.3.1", "natives-linux-arm64"),
        ("app-1.0-SNAPSHOT-jar-with-dependencies.jar", "app", "1.0-SNAPSHOT", "jar-with-dependencies"),
        ("json-lib-2.4-jdk15.jar", "json-lib", "2.4", "jdk15"),
        ("bcprov-jdk15on-1.70.jar", "bcprov-jdk15on", "1.70", ""),
        ("log4j-1.2-api-2.17.1.jar", "log4j-1.2-api", "2.17.1", ""),
        ("jsp-2.1-6.1.14.jar", "jsp-2.1", "6.1.14", ""),
        ("kafka_2.13-3.5.0.jar", "kafka_2.13", "3.5.0", ""),
        ("org.eclipse.osgi_3.18.0.v2022.jar", "org.eclipse.osgi", "3.18.0.v2022", ""),
        ("listenablefuture-9999.0-empty.jar", "listenablefuture", "9999.0-empty", ""),
        ("WEB-INF/lib/plain.JAR", "plain", "", ""),
        ("git.hpi", "git", "", ""),
        ("1.0.jar", "1.0", "", ""),
    ],
)
def test_artifact_version_and_classifier_are_parted(name: str, artifact: str, version: str, classifier: str) -> None:
    assert parse_file_name(name) == FileName(artifact, version, classifier)
