import { t } from '../i18n';
import { groupsText } from '../i18n/groups';
import { normalizePhone, phoneFault } from './phone';

/** Who is chosen for a group: people with whom there are chats, and a number. */
export class PeopleChoice {
  chosen = $state<string[]>([]);
  phone = $state('');
  fault = $state('');

  /** What was chosen; undefined, with a fault, if nothing was or the number is none. */
  take(): { accountIds: string[]; phones: string[] } | undefined {
    const wrong = this.phone !== '' && phoneFault(this.phone);
    this.fault = wrong ? t('register.phoneFormat') : !this.phone && this.chosen.length === 0 ? groupsText().create.nobody : '';
    return this.fault ? undefined : { accountIds: this.chosen, phones: this.phone ? [normalizePhone(this.phone)] : [] };
  }

  clear(): void {
    this.chosen = [];
    this.phone = '';
  }
}
