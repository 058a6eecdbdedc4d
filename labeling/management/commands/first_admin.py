"""`manage.py first_admin NAME`: the first account of an installation; everybody else is added in the browser."""

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from labeling.management.commands.up import refuse_to_start_unmigrated
from labeling.policy.errors import Invalid
from labeling.services.projects import create_first_admin
from labeling.services.sessions import new_password


class Command(BaseCommand):
    help = "Create the first administrator and print a password for the first login."

    def add_arguments(self, parser):
        parser.add_argument("name")

    def handle(self, *, name: str, **options):
        refuse_to_start_unmigrated()
        password = new_password()
        try:
            create_first_admin(username=name, password=password, now=now(), password_is_given=True)
        except Invalid as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(f"{name} can log in with the password {password}, and chooses one of their own there.")
        self.stdout.write("Then open /first-steps/ to make a project.")
